/** Codes of the wire protocol, each with whether the same request may be sent again. */
const WIRE = {
  bad_frame: 'no',
  too_large: 'no',
  unauthenticated: 'refresh',
  forbidden: 'no',
  not_found: 'no',
  conflict: 'no',
  rejected: 'no',
  rate_limited: 'later',
  unavailable: 'later',
} as const

/** Codes of this SDK's own: what no server said. */
const LOCAL = {
  /** The server was not reached, or the connection ended before the answer. */
  offline: 'later',
  /** No answer within the limit. */
  timeout: 'later',
  /** The client was stopped, logged out, or the entry discarded. */
  stopped: 'no',
  /** A bounded buffer is full: the outbox, or an event iterator that nobody reads. */
  overflow: 'no',
} as const

export type WireErrorCode = keyof typeof WIRE
export type ErrorCode = WireErrorCode | keyof typeof LOCAL

const RETRY: Readonly<Record<ErrorCode, 'no' | 'refresh' | 'later'>> = { ...WIRE, ...LOCAL }
const DEFAULT_RETRY_AFTER_S = 1

/** The one error type of this SDK. Ask `code` and `shouldRetry()`; `message` is for people. */
export class WeftError extends Error {
  override readonly name = 'WeftError'
  readonly code: ErrorCode
  /** Seconds to wait before the same request is sent again; only where `shouldRetry()`. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfter =
      RETRY[code] === 'later' ? Math.max(0, options.retryAfter ?? DEFAULT_RETRY_AFTER_S) : undefined
  }

  /** Whether the same request may be sent again as it is, after `retryAfter`. */
  shouldRetry(): boolean {
    return RETRY[this.code] === 'later'
  }
}

export const isWireErrorCode = (value: unknown): value is WireErrorCode =>
  typeof value === 'string' && Object.hasOwn(WIRE, value)

/** A code that this version doesn't know is not retried: sending again what isn't understood helps nobody. */
export function errorFromWire(code: unknown, message: unknown, retryAfter: unknown): WeftError {
  const text = typeof message === 'string' ? message : 'the server refused this'
  if (!isWireErrorCode(code)) return new WeftError('rejected', `${String(code)}: ${text}`)
  return new WeftError(code, text, typeof retryAfter === 'number' ? { retryAfter } : {})
}

export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown))
