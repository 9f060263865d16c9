/** Every error that a client can meet, by its code in PROTOCOL.md, with its HTTP status and whether to retry. */
export const ERRORS = {
  bad_frame: { status: 400, retry: 'no' },
  too_large: { status: 413, retry: 'no' },
  unauthenticated: { status: 401, retry: 'after a refresh' },
  forbidden: { status: 403, retry: 'no' },
  not_found: { status: 404, retry: 'no' },
  conflict: { status: 409, retry: 'no' },
  rejected: { status: 422, retry: 'no' },
  rate_limited: { status: 429, retry: 'after retry_after' },
  unavailable: { status: 503, retry: 'after retry_after' },
} as const

export type ErrorCode = keyof typeof ERRORS
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[]

/** The one error type that crosses a service's border. Its message is for people and holds no secret. */
export class WeftError extends Error {
  override readonly name = 'WeftError'
  readonly code: ErrorCode
  /** Seconds; with `rate_limited` and `unavailable` only. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    // A refusal is an answer, not a fault: under load its stack would be most of what it costs. Causes have theirs.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.retryAfter =
      options.retryAfter ?? (code === 'unavailable' || code === 'rate_limited' ? 1 : undefined)
  }

  shouldRetry(): boolean {
    return ERRORS[this.code].retry === 'after retry_after'
  }
}

export const unavailable = (message: string, retryAfter = 1, cause?: unknown) =>
  new WeftError('unavailable', message, { retryAfter, cause })

/** What a client is told of an error that nobody foresaw: nothing of its inside. */
export function toWeftError(error: unknown): WeftError {
  return error instanceof WeftError ? error : unavailable('something went wrong here; try again', 1, error)
}
