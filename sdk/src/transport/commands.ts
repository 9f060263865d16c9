import { isJson, type Json, number, parseFrame, text } from '../wire.ts'
import { limited } from './limited.ts'
import { LOST, UNAUTHENTICATED } from './transport.ts'

/** How a session over HTTP reaches its server. */
export interface HttpWay {
  /** Without a slash at its end. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  /** For one command, and for a poll beyond the wait that it asked for. */
  readonly timeoutMs: number
}

export interface CommandHandlers {
  /** The answer frame. */
  answer(frame: Json): void
  /** The session can't go on. */
  failed(code: number): void
}

/** A browser opens six connections to a host, one of which carries the events. */
const AT_ONCE = 4

/**
 * The way up of a session whose events come over HTTP: a POST a frame. Sends of one channel go one after the other, since
 * parallel requests overtake each other; what has no order among itself goes at once, a few at a time.
 */
export class Commands {
  readonly #way: HttpWay
  readonly #token: string
  readonly #handlers: CommandHandlers
  readonly #closing = new AbortController()
  #waiting: Json[] = []
  readonly #busy = new Set<string>()
  #flying = 0
  /** Of `welcome`: until then nothing leaves. */
  #session: string | undefined

  constructor(way: HttpWay, token: string, handlers: CommandHandlers) {
    this.#way = way
    this.#token = token
    this.#handlers = handlers
  }

  /** Which session the commands belong to. */
  begin(session: string): void {
    this.#session = session
    this.#pump()
  }

  send(frame: Json): void {
    this.#waiting.push(frame)
    this.#pump()
  }

  close(): void {
    this.#waiting = []
    this.#closing.abort()
  }

  #pump(): void {
    if (this.#session === undefined) return
    for (let index = 0; index < this.#waiting.length && this.#flying < AT_ONCE; ) {
      const frame = this.#waiting[index]
      if (!frame) return
      const lane = frame.t === 'send' ? text(frame.channel) : undefined
      if (lane !== undefined && this.#busy.has(lane)) {
        index += 1
        continue
      }
      this.#waiting.splice(index, 1)
      this.#flying += 1
      if (lane !== undefined) this.#busy.add(lane)
      void this.#post(frame, this.#session).finally(() => {
        this.#flying -= 1
        if (lane !== undefined) this.#busy.delete(lane)
        this.#pump()
      })
    }
  }

  async #post(frame: Json, session: string): Promise<void> {
    try {
      const { response, answer } = await limited(
        this.#closing.signal,
        this.#way.timeoutMs,
        async (signal) => {
          const response = await this.#way.fetch(`${this.#way.url}/v1/commands`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${this.#token}`,
              'content-type': 'application/json',
              'weft-session': session,
            },
            body: JSON.stringify(frame),
            signal,
          })
          return { response, answer: parseFrame(await response.text()) }
        },
      )
      if (this.#closing.signal.aborted) return
      if (answer?.t !== undefined) this.#handlers.answer({ ...answer, ...idOf(frame) })
      else if (!response.ok) this.#refused(response, answer, frame)
    } catch {
      // Whether it arrived isn't known: what must not be lost is sent again on the next connection.
      if (!this.#closing.signal.aborted) this.#handlers.failed(LOST)
    }
  }

  #refused(response: Response, body: Json | undefined, frame: Json): void {
    if (response.status === 401) return this.#handlers.failed(UNAUTHENTICATED)
    // The session is unknown there: it has ended without our noticing.
    if (response.status === 404 || response.status === 410) return this.#handlers.failed(LOST)
    const error = errorFrame(response, body)
    this.#handlers.answer({ ...(error ?? UNREACHED), ...idOf(frame) })
  }
}

const UNREACHED: Json = { t: 'error', code: 'unavailable', message: 'a proxy answered in the server’s place' }

const idOf = (frame: Json): Json => (frame.id === undefined ? {} : { id: frame.id })

/** An HTTP error of the protocol as the frame that it would be; `undefined` for what no Weft server said. */
export function errorFrame(response: Response, body: Json | undefined): Json | undefined {
  const error = body && isJson(body.error) ? body.error : undefined
  if (text(error?.code) === undefined) return undefined
  const header = response.headers.get('retry-after')
  const retryAfter = number(error?.retry_after) ?? (header === null ? undefined : Number(header))
  return { ...error, t: 'error', ...(retryAfter === undefined ? {} : { retry_after: retryAfter }) }
}
