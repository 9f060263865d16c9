import type { Limits } from './options.ts'

/** The defaults of every limit and time-out. */
export const DEFAULT_LIMITS: Limits = {
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  backoffResetMs: 5_000,
  connectTimeoutMs: 15_000,
  fallbackTimeoutMs: 8_000,
  steadyMs: 30_000,
  climbMs: 60_000,
  climbMaxMs: 3_600_000,
  requestTimeoutMs: 20_000,
  httpTimeoutMs: 20_000,
  inFlightPerChannel: 16,
  inFlight: 128,
  outboxEntries: 10_000,
  receivedDelayMs: 250,
  readDelayMs: 250,
  awayMs: 300_000,
  typingRepeatMs: 8_000,
  typingQuietMs: 6_000,
  typingOverMs: 15_000,
  syncAttempts: 3,
}

/** What the wire protocol fixes. */
export const MAX_TEXT_BYTES = 16 * 1024
export const MAX_BODY_BYTES = 48 * 1024
export const SUBPROTOCOL = 'weft.v1'
