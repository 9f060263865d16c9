import { SUBPROTOCOL } from '../limits.ts'
import type { Socket, SocketConstructor } from '../options.ts'
import { type Json, parseFrame } from '../wire.ts'
import { HELLO_ID, type Hello, type Transport, type TransportHandlers } from './transport.ts'

const OPEN = 1
const NORMAL = 1000

export class WebSocketTransport implements Transport {
  readonly name = 'websocket'
  readonly echoes = true
  readonly restMs = 0
  readonly #url: string
  readonly #webSocket: SocketConstructor
  readonly #handlers: TransportHandlers
  #socket: Socket | undefined

  constructor(url: string, webSocket: SocketConstructor, handlers: TransportHandlers) {
    this.#url = url
    this.#webSocket = webSocket
    this.#handlers = handlers
  }

  open(hello: Hello): void {
    const socket = new this.#webSocket(this.#url, [SUBPROTOCOL])
    this.#socket = socket
    socket.onopen = () => this.send({ t: 'hello', id: HELLO_ID, ...hello })
    socket.onmessage = (event: { data: unknown }) => {
      if (typeof event.data !== 'string' || this.#socket === undefined) return
      this.#handlers.heard()
      const frame = parseFrame(event.data)
      if (frame) this.#handlers.frame(frame)
    }
    socket.onclose = (event: { code: number }) => {
      if (this.#socket === undefined) return
      this.#socket = undefined
      this.#handlers.end(event.code)
    }
    // A close event follows every error event; it is what is acted on.
    socket.onerror = () => {}
  }

  send(frame: Json): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame))
  }

  close(code: number): void {
    const socket = this.#socket
    this.#socket = undefined
    // 1000 and 3000–4999 are what a browser lets a page send.
    socket?.close(code >= 3000 && code <= 4999 ? code : NORMAL)
  }
}

/**
 * Whether frames pass both ways over a WebSocket, found out beside the session that there is: a ping before any `hello`
 * is refused by a server, and that it is shows that it arrived and that an answer came back.
 */
export function probeWebSocket(
  url: string,
  webSocket: SocketConstructor,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new webSocket(url, [SUBPROTOCOL])
    const end = (passes: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(NORMAL)
      resolve(passes)
    }
    const abort = () => end(false)
    const timer = setTimeout(abort, timeoutMs)
    signal.addEventListener('abort', abort)
    socket.onopen = () => socket.send(JSON.stringify({ t: 'ping', id: HELLO_ID }))
    socket.onmessage = () => end(true)
    socket.onclose = () => end(false)
    socket.onerror = () => {}
  })
}
