/** A name as it is compared: names are unique whatever their case. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase()
