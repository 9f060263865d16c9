import {
  App,
  type HttpResponse,
  type HttpRequest as UwsRequest,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
  type WebSocket,
} from 'uWebSockets.js'
import { STATUS_CODES } from 'node:http'
import { StartRefused } from '../../../shared/start-refused.ts'
import type { Socket, SocketHandler } from './socket.ts'
import { type HttpStream, type HttpStreamHandler, UwsStream } from './stream.ts'

/** The only file that knows uWebSockets.js. */

export type HttpRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly header: (name: string) => string
  readonly address: string
  readonly body: Buffer
  /** Calls it once the client has gone without its answer. */
  readonly onAborted: (handler: () => void) => void
}
export type HttpAnswer = {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array | null
  /** The body goes on: called once status and headers are out. */
  readonly stream?: (stream: HttpStream) => HttpStreamHandler
}

export type ServerOptions = {
  readonly host: string
  readonly port: number
  readonly bodyMaxBytes: number
  readonly trustProxy: boolean
  readonly http: (request: HttpRequest) => Promise<HttpAnswer>
  /** Asked for a body that is larger than the limit; the rest of it isn't read. */
  readonly tooLarge: (request: Pick<HttpRequest, 'header'>) => HttpAnswer
  /** Null if a WebSocket may be opened now, else the refusal. */
  readonly refuseSocket: () => HttpAnswer | null
  readonly socket: (socket: Socket) => SocketHandler
}

export type Server = {
  readonly port: number
  /** Takes no new connections. */
  readonly stopListening: () => void
  /** A text frame for every socket that has subscribed to the topic. */
  readonly publish: (topic: string, frame: Uint8Array) => void
  readonly close: () => void
}

const SUBPROTOCOL = 'weft.v1'
/**
 * A frame is refused with a reason up to this size; beyond it the library cuts the connection without reading on
 * (bytes). It does the same, and can't be told not to, with a text frame that isn't UTF-8.
 */
const PAYLOAD_MAX_BYTES = 16 * 1024 * 1024
/** Sockets whose client is gone without a word, or doesn't take its close frame, are cut after this (s). */
const IDLE_TIMEOUT_S = 960
const KEPT_HEADERS = [
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-length',
  'host',
  'if-none-match',
  'last-event-id',
  'origin',
  'traceparent',
  'weft-session',
  'x-forwarded-for',
  'x-forwarded-proto',
] as const

type SocketData = { handler: SocketHandler | null }

/** @throws if the address is taken or can't be had. */
export function startServer(options: ServerOptions): Promise<Server> {
  const app = App()
  app.ws<SocketData>('/v1/ws', {
    maxPayloadLength: PAYLOAD_MAX_BYTES,
    // The edge closes slow readers itself, with a code that says so.
    maxBackpressure: 0,
    idleTimeout: IDLE_TIMEOUT_S,
    sendPingsAutomatically: false,
    upgrade: (response, request, context) => {
      const refusal = options.refuseSocket()
      if (refusal !== null) return write(response, refusal, false)
      const offered = request.getHeader('sec-websocket-protocol').split(',')
      const isOffered = offered.some((name) => name.trim() === SUBPROTOCOL)
      response.upgrade<SocketData>(
        { handler: null },
        request.getHeader('sec-websocket-key'),
        isOffered ? SUBPROTOCOL : '',
        request.getHeader('sec-websocket-extensions'),
        context,
      )
    },
    open: (ws) => {
      ws.getUserData().handler = options.socket(new UwsSocket(ws))
    },
    message: (ws, data, isBinary) => ws.getUserData().handler?.message(data, isBinary),
    ping: (ws) => ws.getUserData().handler?.alive(),
    pong: (ws) => ws.getUserData().handler?.alive(),
    drain: (ws) => ws.getUserData().handler?.drained(),
    close: (ws) => ws.getUserData().handler?.closed(),
  })
  app.any('/*', (response, request) => onRequest(options, response, request))
  return new Promise((resolve, reject) => {
    const listening = (listener: us_listen_socket | false) => {
      if (listener === false) {
        app.close()
        const why = `${options.host}:${options.port} can't be listened on: something else may be there`
        reject(new StartRefused(`${why}; set WEFT_HOST or WEFT_PORT to what is free`, { exitCode: 2 }))
        return
      }
      let isListening = true
      resolve({
        port: us_socket_local_port(listener),
        stopListening: () => {
          if (isListening) us_listen_socket_close(listener)
          isListening = false
        },
        publish: (topic, frame) => {
          app.publish(topic, frame, false, false)
        },
        close: () => app.close(),
      })
    }
    // 1 = LIBUS_LISTEN_EXCLUSIVE_PORT: without it two processes would share a port and not know. The library takes
    // host, port, options and callback together; only its types know fewer.
    // oxlint-disable-next-line typescript/unbound-method -- applied to its own app
    Reflect.apply(app.listen, app, [options.host, options.port, 1, listening])
  })
}

class UwsSocket implements Socket {
  readonly #ws: WebSocket<SocketData>

  constructor(ws: WebSocket<SocketData>) {
    this.#ws = ws
  }

  send(data: string | Uint8Array): void {
    this.#ws.send(data, false)
  }

  buffered(): number {
    return this.#ws.getBufferedAmount()
  }

  cork(run: () => void): void {
    this.#ws.cork(run)
  }

  subscribe(topic: string): boolean {
    return this.#ws.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#ws.unsubscribe(topic)
  }

  end(code: number, reason: string): void {
    this.#ws.end(code, reason)
  }
}

function onRequest(options: ServerOptions, response: HttpResponse, uws: UwsRequest): void {
  // The request object lives only during this call.
  const method = uws.getCaseSensitiveMethod()
  const path = uws.getUrl()
  const query = uws.getQuery() ?? ''
  const headers = new Map(KEPT_HEADERS.map((name) => [name as string, uws.getHeader(name)]))
  const address = addressOf(options, response, headers.get('x-forwarded-for') ?? '')
  const header = (name: string) => headers.get(name) ?? ''
  let isOver = false
  let onAborted = () => {}
  const chunks: Buffer[] = []
  let length = 0
  const answer = (given: HttpAnswer, isClosing = false) => {
    if (isOver) return
    isOver = true
    if (given.stream !== undefined && method !== 'HEAD') {
      const stream = new UwsStream(response)
      onAborted = () => stream.aborted()
      response.cork(() => writeHead(response, given))
      stream.follow(given.stream(stream))
    } else response.cork(() => write(response, given, method === 'HEAD', isClosing))
  }
  response.onAborted(() => {
    isOver = true
    onAborted()
  })
  if (Number(headers.get('content-length')) > options.bodyMaxBytes)
    return answer(options.tooLarge({ header }), true)
  response.onData((chunk, isLast) => {
    if (isOver) return
    length += chunk.byteLength
    if (length > options.bodyMaxBytes) return answer(options.tooLarge({ header }), true)
    // The chunk's memory is the library's after this call.
    chunks.push(Buffer.from(chunk.slice(0)))
    if (!isLast) return
    const whenAborted = (handler: () => void) => {
      onAborted = handler
    }
    const body = Buffer.concat(chunks)
    options.http({ method, path, query, header, address, body, onAborted: whenAborted }).then(
      (given) => answer(given),
      () => {
        if (!isOver) response.close()
      },
    )
  })
}

function addressOf({ trustProxy }: ServerOptions, response: HttpResponse, forwardedFor: string): string {
  // The last entry is what the proxy itself saw; those before it are the client's to invent.
  const forwarded = trustProxy ? forwardedFor.split(',').at(-1)?.trim() : ''
  return forwarded || Buffer.from(response.getRemoteAddressAsText()).toString()
}

function writeHead(response: HttpResponse, { status, headers }: HttpAnswer): void {
  response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
  for (const [name, value] of headers) response.writeHeader(name, value)
}

function write(response: HttpResponse, answer: HttpAnswer, isHead: boolean, isClosing = false): void {
  const { status, body } = answer
  writeHead(response, answer)
  // Only `endWithoutBody()` without a length leaves the connection fit for its next request: with one, the library waits
  // for a body of that length, and takes undefined for 2^63.
  if (isClosing && (isHead || body === null)) response.endWithoutBody(0, true)
  else if (isHead)
    response.writeHeader('content-length', String(Buffer.byteLength(body ?? ''))).endWithoutBody()
  else if (status === 204 || status === 304) response.endWithoutBody()
  else response.end(body ?? '', isClosing)
}
