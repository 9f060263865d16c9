import type { Frame } from './raw-client.ts'

/**
 * Clients that know only PROTOCOL.md, over the three transports: frames as they came, commands, the answers. They share no
 * code with the product.
 */
export type Hello = { readonly token: string; readonly device: string; readonly cursor?: string }

export interface AnyClient {
  readonly frames: readonly Frame[]
  /** The last cursor that it was told. */
  readonly cursor: string | undefined
  ask(frame: object): Promise<Frame>
  /** Sends something that may be no frame at all; resolves with the error that it gets. */
  raw(text: string): Promise<Frame>
  /** A command that has no answer. */
  tell(frame: object): Promise<void>
  next(fits: (frame: Frame) => boolean): Promise<Frame>
  /** Resolves with the close code once the session has ended. */
  readonly closed: Promise<number>
  /** Without a goodbye. */
  cut(): Promise<void>
}

const LIMIT_MS = 15_000

/** Frames that came, and those who wait for one. */
export class Inbox {
  readonly frames: Frame[] = []
  cursor: string | undefined
  readonly closed: Promise<number>
  #close: (code: number) => void = () => {}
  /** Why nothing more will come. */
  #end: string | null = null
  readonly #watchers = new Set<() => void>()

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#close = resolve
    })
  }

  take(frame: Frame): void {
    if (typeof frame['cursor'] === 'string' && frame.t !== 'welcome') this.cursor = frame['cursor']
    this.frames.push(frame)
    if (frame.t === 'closed') this.ended(Number(frame['code']))
    else for (const watcher of this.#watchers) watcher()
  }

  ended(code: number, why: unknown = code): void {
    this.#end ??= `the session ended: ${String(why)}`
    this.#close(code)
    for (const watcher of this.#watchers) watcher()
  }

  next(fits: (frame: Frame) => boolean): Promise<Frame> {
    let seen = 0
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#watchers.delete(look)
        act()
      }
      const look = () => {
        for (; seen < this.frames.length; seen++) {
          const frame = this.frames[seen]
          if (frame !== undefined && fits(frame)) return settle(() => resolve(frame))
        }
        const end = this.#end
        if (end !== null) settle(() => reject(new Error(end)))
      }
      const last = () => JSON.stringify(this.frames.slice(-3))
      const timer = setTimeout(
        () => settle(() => reject(new Error(`waited in vain; last: ${last()}`))),
        LIMIT_MS,
      )
      this.#watchers.add(look)
      look()
    })
  }
}

/** Commands over HTTP of one device, in its session. */
class Commands {
  readonly #url: string
  readonly #hello: Hello
  #nextId = 1
  session: string | undefined

  constructor(url: string, hello: Hello) {
    this.#url = url
    this.#hello = hello
  }

  async ask(frame: object): Promise<Frame> {
    const response = await this.#post({ ...frame, id: this.#nextId++ })
    return response.json() as Promise<Frame>
  }

  async tell(frame: object): Promise<void> {
    const { status } = await this.#post(frame)
    if (status !== 204) throw new Error(`a command without an answer got ${status}`)
  }

  /** What is no command at all is refused as any HTTP request is. */
  async raw(text: string): Promise<Frame> {
    const body = (await (await this.#post(text)).json()) as Frame & { error?: object }
    return body.error === undefined ? body : { t: 'error', ...body.error }
  }

  get sessionHeader(): Record<string, string> {
    return this.session === undefined ? {} : { 'weft-session': this.session }
  }

  #post(frame: object | string): Promise<Response> {
    const { token, device } = this.#hello
    return fetch(`${this.#url}/v1/commands?device=${device}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...this.sessionHeader },
      body: typeof frame === 'string' ? frame : JSON.stringify(frame),
      signal: AbortSignal.timeout(LIMIT_MS),
    })
  }
}

export class SseClient implements AnyClient {
  readonly #inbox = new Inbox()
  readonly #commands: Commands
  readonly #abort = new AbortController()
  /** `id:` of the last SSE event. */
  lastEventId: string | undefined

  private constructor(url: string, hello: Hello) {
    this.#commands = new Commands(url, hello)
  }

  static async open(url: string, hello: Hello, query: Record<string, string> = {}): Promise<SseClient> {
    const client = new SseClient(url, hello)
    const asked = new URLSearchParams({ device: hello.device, ...query })
    const headers: Record<string, string> =
      'ticket' in query ? {} : { authorization: `Bearer ${hello.token}` }
    if (hello.cursor !== undefined) headers['last-event-id'] = hello.cursor
    const response = await fetch(`${url}/v1/events?${asked}`, { headers, signal: client.#abort.signal })
    if (response.status !== 200 || response.body === null)
      throw new Error(`no stream: ${response.status} ${await response.text()}`)
    void client.#read(response.body).catch((error: unknown) => client.#inbox.ended(1006, error))
    const welcome = await client.next(({ t }) => t === 'welcome')
    client.#commands.session = String(welcome['session'])
    return client
  }

  get frames() {
    return this.#inbox.frames
  }
  get cursor() {
    return this.#inbox.cursor
  }
  get closed() {
    return this.#inbox.closed
  }
  ask(frame: object) {
    return this.#commands.ask(frame)
  }
  raw(text: string) {
    return this.#commands.raw(text)
  }
  tell(frame: object) {
    return this.#commands.tell(frame)
  }
  next(fits: (frame: Frame) => boolean) {
    return this.#inbox.next(fits)
  }
  async cut(): Promise<void> {
    this.#abort.abort()
    await this.closed
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        this.#event(text.slice(0, end).split('\n'))
        text = text.slice(end + 2)
      }
    }
    this.#inbox.ended(1006)
  }

  #event(lines: readonly string[]): void {
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const id = field('id')
    const data = field('data')
    if (data === undefined) return
    const frame: Frame = JSON.parse(data)
    if (id !== undefined) this.lastEventId = id
    const hasPlace = ['event', 'synced', 'reset'].includes(frame.t)
    if (id !== (hasPlace ? frame['cursor'] : undefined)) throw new Error(`id ${id} with ${data}`)
    this.#inbox.take(frame)
  }
}

export class PollClient implements AnyClient {
  readonly #inbox = new Inbox()
  readonly #commands: Commands
  readonly #abort = new AbortController()
  readonly #url: string
  readonly #hello: Hello
  #isCut = false

  private constructor(url: string, hello: Hello) {
    this.#url = url
    this.#hello = hello
    this.#commands = new Commands(url, hello)
  }

  static async open(url: string, hello: Hello): Promise<PollClient> {
    const client = new PollClient(url, hello)
    void client.#loop(hello.cursor).catch((error: unknown) => client.#inbox.ended(1006, error))
    await client.next(({ t }) => t === 'welcome')
    return client
  }

  get frames() {
    return this.#inbox.frames
  }
  get cursor() {
    return this.#inbox.cursor
  }
  get closed() {
    return this.#inbox.closed
  }
  ask(frame: object) {
    return this.#commands.ask(frame)
  }
  raw(text: string) {
    return this.#commands.raw(text)
  }
  tell(frame: object) {
    return this.#commands.tell(frame)
  }
  next(fits: (frame: Frame) => boolean) {
    return this.#inbox.next(fits)
  }
  async cut(): Promise<void> {
    this.#isCut = true
    this.#abort.abort()
    await this.closed
  }

  async #loop(from: string | undefined): Promise<void> {
    let cursor = from
    for (let polls = 0; polls < 10_000 && !this.#isCut; polls++) {
      const { token, device } = this.#hello
      const asked = new URLSearchParams({ device, wait: '25', ...(cursor === undefined ? {} : { cursor }) })
      const response = await fetch(`${this.#url}/v1/poll?${asked}`, {
        headers: { authorization: `Bearer ${token}`, ...this.#commands.sessionHeader },
        signal: this.#abort.signal,
      })
      // What a `closed` frame would have said, had a poll waited then.
      if (response.status === 409) return this.#inbox.ended(4409)
      if (response.status !== 200) throw new Error(`poll: ${response.status}`)
      const answer = (await response.json()) as { frames: Frame[]; cursor: string | null }
      cursor = answer.cursor ?? cursor
      for (const frame of answer.frames) {
        if (frame.t === 'welcome') this.#commands.session = String(frame['session'])
        this.#inbox.take(frame)
        if (frame.t === 'closed') return
      }
    }
  }
}
