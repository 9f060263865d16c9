import { type AnyClient, type Hello, PollClient, SseClient } from './http-clients.ts'
import { RawClient } from './raw-client.ts'

/** The WebSocket behind the same interface. */
async function overWebSocket(url: string, hello: Hello): Promise<AnyClient> {
  const client = await RawClient.hello(`${url.replace('http', 'ws')}/v1/ws`, hello)
  return {
    frames: client.frames,
    get cursor() {
      const told = client.frames.filter(({ t, cursor }) => t !== 'welcome' && typeof cursor === 'string')
      return told.length === 0 ? undefined : String(told.at(-1)?.['cursor'])
    },
    closed: client.closed,
    ask: (frame) => client.ask(frame),
    raw: (text) => {
      const from = client.frames.length
      client.sendRaw(text)
      return client.next(({ t }) => t === 'error', from)
    },
    tell: async (frame) => client.send(frame),
    next: (fits) => client.next(fits),
    cut: async () => {
      client.cut()
      await client.closed
    },
  }
}

/** A session of each transport, through one interface. */
export const openOver = {
  websocket: overWebSocket,
  sse: (url: string, hello: Hello): Promise<AnyClient> => SseClient.open(url, hello),
  poll: (url: string, hello: Hello): Promise<AnyClient> => PollClient.open(url, hello),
} as const
export type TransportName = keyof typeof openOver
export const TRANSPORTS = Object.keys(openOver) as TransportName[]
