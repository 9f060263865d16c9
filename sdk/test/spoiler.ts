import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** What it does to WebSockets: lets them pass; refuses the upgrade; cuts each after so much; swallows everything. */
export type WsMode = 'pass' | 'refuse' | 'black-hole' | { afterBytes: number } | { afterMs: number }
/** What it does to event streams: lets them pass, or holds them back until they end. */
export type SseMode = 'pass' | 'buffer'

/** A proxy of the kind that stands between people and their servers. Changing a mode changes what is open already. */
export class Spoiler {
  ws: WsMode = 'pass'
  sse: SseMode = 'pass'
  /** How often each was asked for. */
  readonly asked = { ws: 0, events: 0, poll: 0, commands: 0 }
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => this.#pass(request, response))

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server.on('upgrade', (request: IncomingMessage, near: Socket, head: Buffer) => {
      this.#upgrade(request, near, head)
    })
  }

  static async start(target: string): Promise<Spoiler> {
    const spoiler = new Spoiler(target)
    await new Promise<void>((resolve) => spoiler.#server.listen(0, '127.0.0.1', resolve))
    return spoiler
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Drops every WebSocket. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Drops every stream of events. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', this.#target).pathname
    if (path === '/v1/events') this.asked.events++
    if (path === '/v1/poll') this.asked.poll++
    if (path === '/v1/commands') this.asked.commands++
    const { hostname, port } = this.#target
    const { method, headers, url } = request
    const far = httpRequest({ hostname, port, path: url, method, headers }, (answer) => {
      const held = () => path === '/v1/events' && this.sse === 'buffer'
      const begin = () =>
        response.headersSent || response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
      if (!held()) begin()
      answer.on('data', (data: Buffer) => {
        if (held()) return
        begin()
        response.write(data)
      })
      answer.on('end', () => {
        begin()
        response.end()
      })
      answer.on('error', () => response.destroy())
    })
    far.on('error', () => response.destroy())
    if (path === '/v1/events') this.#streams.add(response)
    response.on('close', () => {
      this.#streams.delete(response)
      far.destroy()
    })
    request.pipe(far)
  }

  #upgrade(request: IncomingMessage, near: Socket, head: Buffer): void {
    this.asked.ws++
    near.on('error', () => near.destroy())
    if (this.ws === 'refuse') return void near.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    this.#sockets.add(near)
    const far = connect(Number(this.#target.port), this.#target.hostname)
    far.on('error', () => near.destroy())
    near.on('close', () => {
      this.#sockets.delete(near)
      far.destroy()
    })
    far.on('close', () => near.destroy())
    const lines = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    )
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    far.write(head)
    let bytes = 0
    const over = (from: Socket, to: Socket) =>
      from.on('data', (data: Buffer) => {
        if (this.ws === 'black-hole') return
        bytes += data.length
        if (typeof this.ws === 'object' && 'afterBytes' in this.ws && bytes > this.ws.afterBytes) {
          near.destroy()
        } else to.write(data)
      })
    over(near, far)
    over(far, near)
    if (typeof this.ws === 'object' && 'afterMs' in this.ws) {
      const timer = setTimeout(() => near.destroy(), this.ws.afterMs)
      near.on('close', () => clearTimeout(timer))
    }
  }
}
