import { errorFromWire, WeftError } from './errors.ts'
import { isJson, type Json } from './wire.ts'

export interface Tokens {
  /** A token that isn't `stale`. Errors: `unauthenticated` (log in again), `offline`. */
  get(stale?: string): Promise<string>
}

export interface HttpOptions {
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly timeoutMs: number
}

const NO_CONTENT = 204

/** The HTTP half of the protocol: JSON both ways, its errors as `WeftError`. */
export class Http {
  readonly #options: HttpOptions
  /** Set once the tokens exist, which themselves come over HTTP. */
  tokens: Tokens | undefined

  constructor(options: HttpOptions) {
    this.#options = options
  }

  /** With the user's token; refused as expired, it is tried once more with a new one. */
  async call(method: string, path: string, body?: Json): Promise<Json> {
    const token = await this.#token()
    try {
      return await this.open(method, path, body, token)
    } catch (error) {
      if (!(error instanceof WeftError) || error.code !== 'unauthenticated') throw error
      return this.open(method, path, body, await this.#token(token))
    }
  }

  /** Without asking for a token. */
  async open(method: string, path: string, body?: Json, token?: string): Promise<Json> {
    const headers = new Headers()
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    let response: Response
    let parsed: unknown
    try {
      response = await this.#options.fetch(`${this.#options.url}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(this.#options.timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (response.status === NO_CONTENT) return {}
      const answer = await response.text()
      parsed = answer === '' ? {} : parseJson(answer)
    } catch (cause) {
      throw networkError(cause)
    }
    if (response.ok) return isJson(parsed) ? parsed : {}
    throw errorOf(response, parsed)
  }

  #token(stale?: string): Promise<string> {
    if (!this.tokens) throw new WeftError('unauthenticated', 'nobody is logged in')
    return this.tokens.get(stale)
  }
}

/** A path's part; ids are URL-safe by the protocol, but what a caller hands in may be anything. */
export const part = (id: string): string => encodeURIComponent(id)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function networkError(cause: unknown): WeftError {
  const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError'
  return timedOut
    ? new WeftError('timeout', 'the server did not answer in time', { cause })
    : new WeftError('offline', 'the server could not be reached', { cause })
}

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'bad_frame',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  422: 'rejected',
  429: 'rate_limited',
}

/** A proxy's own answers have no body of ours: then the status says which error it is. */
function errorOf(response: Response, parsed: unknown): WeftError {
  const error = isJson(parsed) && isJson(parsed.error) ? parsed.error : {}
  const header = response.headers.get('retry-after')
  const retryAfter = error.retry_after ?? (header === null ? undefined : Number(header))
  const code = error.code ?? BY_STATUS[response.status] ?? 'unavailable'
  return errorFromWire(code, error.message ?? `HTTP ${response.status}`, retryAfter)
}
