import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const LIMIT_MS = 5_000

/** One TCP connection, HTTP by hand: a library would hide what stands in an answer's head, and would reconnect. */
export class RawHttp {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket.on('error', () => undefined) // always followed by close
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static async open(url: string): Promise<RawHttp> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawHttp(socket)
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes)
  }

  /** One request, and its answer as far as its method and status let it go. */
  async ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    const lines = Object.entries({ host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}`)
    this.write(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
    const answer = await this.head()
    const hasBody = method !== 'HEAD' && answer.status !== 204 && answer.status !== 304
    const length = hasBody ? Number(answer.headers.get('content-length') ?? 0) : 0
    return { ...answer, body: (await this.#take(() => length)).toString() }
  }

  async head(): Promise<Omit<RawAnswer, 'body'>> {
    const text = await this.#take((bytes) => {
      const end = bytes.indexOf('\r\n\r\n')
      return end < 0 ? null : end + 4
    })
    const [first = '', ...lines] = text.toString().trimEnd().split('\r\n')
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    return { status: Number(first.split(' ')[1]), headers }
  }

  /** Resolves when what came and wasn't read yet is as it should be. */
  async until(isSo: (bytes: Buffer) => boolean): Promise<void> {
    await this.#until(() => isSo(this.#bytes))
  }

  /** Resolves when the other side has closed the connection. */
  async ended(): Promise<void> {
    await this.#until(() => this.#ended)
  }

  close(): void {
    this.#socket.destroy()
  }

  async #take(lengthOf: (bytes: Buffer) => number | null): Promise<Buffer> {
    let length: number | null = null
    await this.#until(() => {
      length = lengthOf(this.#bytes)
      if (length !== null && this.#bytes.length >= length) return true
      if (this.#ended) throw new Error(`the connection ended after ${this.#bytes.toString()}`)
      return false
    })
    const taken = this.#bytes.subarray(0, length ?? 0)
    this.#bytes = this.#bytes.subarray(length ?? 0)
    return taken
  }

  async #until(isSo: () => boolean): Promise<void> {
    const end = performance.now() + LIMIT_MS
    while (!isSo()) {
      if (performance.now() >= end) throw new Error(`waited in vain; last bytes: ${this.#bytes.toString()}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LIMIT_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
