let lastAt = -1
let lastIso = ''

/** RFC 3339 in UTC with milliseconds, from milliseconds since 1970; what is of one moment shares the string. */
export function isoTime(at: number): string {
  if (at !== lastAt) {
    lastAt = at
    lastIso = new Date(at).toISOString()
  }
  return lastIso
}
