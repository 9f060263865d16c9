/** A session that catches up is sent the next page once its client owes no more than this of the one before (bytes). */
export const LOW_WATER_BYTES = 64 * 1024
