import type { SocketConstructor } from '../options.ts'
import type { HttpWay } from './commands.ts'
import { PollTransport } from './poll.ts'
import { SseTransport } from './sse.ts'
import type { Transport, TransportHandlers, TransportName } from './transport.ts'
import { WebSocketTransport } from './websocket.ts'

export interface Ways {
  readonly fetch: typeof globalThis.fetch
  readonly webSocket: SocketConstructor | undefined
  readonly httpTimeoutMs: number
}

/** `server` is an origin, or the whole address of a socket as a draining edge may name another. */
export function makeTransport(
  name: TransportName,
  server: string,
  ways: Ways,
  handlers: TransportHandlers,
): Transport {
  const http: HttpWay = { url: httpUrl(server), fetch: ways.fetch, timeoutMs: ways.httpTimeoutMs }
  if (name === 'poll') return new PollTransport(http, handlers)
  if (name === 'sse' || !ways.webSocket) return new SseTransport(http, handlers)
  return new WebSocketTransport(socketUrl(server) ?? server, ways.webSocket, handlers)
}

/** `URL.canParse` is younger than the browsers that this should run in. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const SOCKET_PATH = '/v1/ws'
const isSecure = ({ protocol }: URL) => protocol === 'https:' || protocol === 'wss:'

export function socketUrl(server: string): string | undefined {
  const url = parseUrl(server)
  if (!url) return undefined
  url.protocol = isSecure(url) ? 'wss:' : 'ws:'
  if (url.pathname === '/') url.pathname = SOCKET_PATH
  return url.href
}

function httpUrl(server: string): string {
  const url = parseUrl(server)
  if (!url) return server
  url.protocol = isSecure(url) ? 'https:' : 'http:'
  if (url.pathname === SOCKET_PATH) url.pathname = '/'
  return url.href.replace(/\/+$/, '')
}
