import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from '../src/wire.ts'
import type { Down } from './model-server.ts'

/** A session of the model, as far as its transport needs it. */
export interface Opened {
  readonly id: string
  command(frame: Json, answer: (frame: string) => void): void
  ended(): void
}
export type Opener = (down: Down, hello: Json) => Opened | undefined

/** Events as a stream of server-sent events. */
export function serveEvents(
  request: IncomingMessage,
  response: ServerResponse,
  hello: Json,
  heartbeatS: number,
  open: Opener,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  const beat = setInterval(() => response.write(':\n\n'), heartbeatS * 500)
  const down: Down = {
    send: (frame) => void response.write(`data: ${frame}\n\n`),
    close: (code) => {
      down.send(JSON.stringify({ t: 'closed', code }))
      response.end()
    },
    terminate: () => request.socket.destroy(),
  }
  const opened = open(down, hello)
  response.on('close', () => {
    clearInterval(beat)
    opened?.ended()
  })
}

/** Events held until they are asked for. */
export class PollSession {
  #held: string[] = []
  #waiting: ServerResponse | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly down: Down = {
    send: (frame) => {
      this.#held.push(frame)
      queueMicrotask(() => this.#answer())
    },
    close: (code) => this.down.send(JSON.stringify({ t: 'closed', code })),
    terminate: () => {
      this.onEnd()
      this.#waiting?.socket?.destroy()
    },
  }
  onEnd = (): void => {}

  poll(response: ServerResponse, waitS: number): void {
    this.#waiting = response
    this.#timer = setTimeout(() => this.#answer(true), waitS * 1000)
    response.on('close', () => clearTimeout(this.#timer))
    this.#answer()
  }

  #answer(late = false): void {
    const response = this.#waiting
    if (!response || (this.#held.length === 0 && !late)) return
    this.#waiting = undefined
    const frames = this.#held.splice(0).map((frame): { cursor?: string } => JSON.parse(frame))
    const cursor = frames.findLast((frame) => frame.cursor !== undefined)?.cursor
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ frames, ...(cursor === undefined ? {} : { cursor }) }))
  }
}
