import WebSocket from 'ws'

/** A frame as it came, known only to PROTOCOL.md: this file shares no code with the product. */
export type Frame = { readonly t: string; readonly [field: string]: unknown }
export type MessageEventFrame = {
  readonly cursor: string
  readonly prev: string
  readonly event: {
    readonly kind: string
    readonly channel: string
    readonly seq: number
    readonly cid: string
    readonly [field: string]: unknown
  }
}

const ANSWER_LIMIT_MS = 15_000

export class Closed extends Error {
  readonly code: number
  constructor(code: number) {
    super(`the socket closed with ${code}`)
    this.code = code
  }
}

/** A client by hand: sends frames, keeps all that comes, waits for what it is told to. */
export class RawClient {
  readonly frames: Frame[] = []
  /** The code that the socket closed with. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  readonly #watchers = new Set<() => void>()
  #closeCode: number | null = null
  #nextId = 1
  #mute = false

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const frame: Frame = JSON.parse(data.toString())
      if (frame.t === 'ping' && !this.#mute) socket.send(JSON.stringify({ t: 'pong' }))
      this.frames.push(frame)
      for (const watcher of this.#watchers) watcher()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.#closeCode = code
        for (const watcher of this.#watchers) watcher()
        resolve(code)
      })
    })
    socket.on('error', () => undefined) // always followed by close
  }

  static async open(url: string): Promise<RawClient> {
    const socket = new WebSocket(url, 'weft.v1')
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    return client
  }

  /** Opens, says hello, and waits for `welcome`. */
  static async hello(
    url: string,
    hello: { token: string; device: string; cursor?: string },
  ): Promise<RawClient> {
    const client = await RawClient.open(url)
    const welcome = await client.ask({ t: 'hello', ...hello })
    if (welcome.t !== 'welcome') throw new Error(`no welcome: ${JSON.stringify(welcome)}`)
    return client
  }

  get isOpen(): boolean {
    return this.#closeCode === null && this.#socket.readyState === WebSocket.OPEN
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  /** Sends a request under a fresh id and waits for the frame that answers it. */
  ask(frame: object): Promise<Frame> {
    const id = this.#nextId++
    this.send({ ...frame, id })
    return this.next((candidate) => candidate['id'] === id)
  }

  /** The first frame, past or future, that fits. */
  next(fits: (frame: Frame) => boolean, from = 0): Promise<Frame> {
    let seen = from
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
        const code = this.#closeCode
        if (code !== null) settle(() => reject(new Closed(code)))
      }
      const timer = setTimeout(
        () =>
          settle(() =>
            reject(new Error(`waited in vain; last frames: ${JSON.stringify(this.frames.slice(-3))}`)),
          ),
        ANSWER_LIMIT_MS,
      )
      this.#watchers.add(look)
      look()
    })
  }

  /** Answers no ping any more. */
  mute(): void {
    this.#mute = true
  }

  /** Stops reading from the socket, as a stuck client would. */
  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.close()
  }

  /** Without a goodbye, as when the network goes. */
  cut(): void {
    this.#socket.terminate()
  }
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** One HTTP request by hand. */
export async function http(
  base: string,
  method: string,
  path: string,
  options: { token?: string; body?: unknown; raw?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined && options.raw === undefined
        ? {}
        : { 'content-type': 'application/json' }),
    },
    ...(options.raw !== undefined
      ? { body: options.raw }
      : options.body === undefined
        ? {}
        : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}
