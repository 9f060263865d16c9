import { createHmac } from 'node:crypto'
import type { UserId } from '../../../shared/protocol/ids.ts'

const EPOCH_CHARS = 10

/**
 * The epoch of a user's queue: it follows from the log's (random) lineage and the user, so nobody has to store it, it
 * changes when the lineage does, and a cursor of another user never fits.
 */
export function epochOf(lineage: number, user: UserId): string {
  const digest = createHmac('sha256', String(lineage)).update(user).digest()
  return digest.readBigUInt64BE(0).toString(36).padStart(13, '0').slice(-EPOCH_CHARS)
}
