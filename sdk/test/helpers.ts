import { WebSocket } from 'ws'
import { WeftClient } from '../src/client.ts'
import type { SocketConstructor, WeftOptions } from '../src/options.ts'
import type { ModelServer } from './model-server.ts'

/** `ws` has the browser's interface; its event classes are its own. */
const webSocket: SocketConstructor = WebSocket

const FAST = {
  backoffBaseMs: 2,
  backoffMaxMs: 10,
  requestTimeoutMs: 300,
  connectTimeoutMs: 500,
  receivedDelayMs: 1,
  readDelayMs: 1,
}

/** Without a user it logs in by name and password. */
export function optionsOf(
  server: ModelServer,
  user: string | undefined,
  options: Partial<WeftOptions> = {},
): WeftOptions {
  const { limits, ...rest } = options
  return {
    url: server.url,
    webSocket,
    shareTabs: false,
    ...(user === undefined ? {} : { auth: async () => `${user}.1` }),
    ...rest,
    limits: { ...FAST, ...limits },
  }
}

export const clientOf = (...given: Parameters<typeof optionsOf>): WeftClient =>
  new WeftClient(optionsOf(...given))

/** Waits until `check` holds, looking again whenever the client says anything (and now and then, for the server's side). */
export function until(
  client: WeftClient,
  check: () => boolean,
  what = 'the condition',
  timeoutMs = 5_000,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (check()) end(resolve)
    }
    const end = (how: () => void) => {
      clearTimeout(timer)
      clearInterval(interval)
      for (const off of offs) off()
      how()
    }
    const kinds = ['state', 'event', 'outbox', 'channels', 'reset'] as const
    const offs = kinds.map((kind) => client.on(kind, () => queueMicrotask(look)))
    const interval = setInterval(look, 5)
    const late = () => new Error(`${what} did not come: ${JSON.stringify(client.state)}`)
    const timer = setTimeout(() => end(() => reject(late())), timeoutMs)
    look()
  })
}

export const live = (client: WeftClient): Promise<void> =>
  until(client, () => client.state.status === 'live', 'live')
