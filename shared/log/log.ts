import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * Structured logs, a JSON line each, on stderr (stdout belongs to what a command prints for people). Never pass a
 * token, a password or a message's body.
 */
export function createLog(service: string, level = 'info'): Log {
  return pino(
    { name: service, level, base: { service }, redact: ['token', 'password', '*.token', '*.password'] },
    pino.destination({ fd: 2, sync: false }),
  )
}
