import type { TransportName } from './transport/transport.ts'
import type { DeviceId } from './types.ts'

/** Keys and JSON values that survive a reload. One store serves one person's device. */
export interface Store {
  get(key: string): Promise<unknown>
  /** Every pair whose key begins with `prefix`, in the order of the keys. */
  list(prefix: string): Promise<[key: string, value: unknown][]>
  /** Writes all or nothing; `undefined` deletes. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>
  close(): Promise<void>
}

/** A customer's own tokens. `stale` is the token that was refused, if one was. */
export type TokenProvider = (options: { stale?: string }) => Promise<string>

/** The part of `WebSocket` that is used. */
export interface Socket {
  readonly readyState: number
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}
export type SocketConstructor = new (url: string, protocols?: string | string[]) => Socket

export interface WeftOptions {
  /** Where Weft answers, e.g. `https://chat.example.org`. In a browser: the page's own origin by default. */
  readonly url?: string
  /** This installation's id. By default one is made and kept in the store. */
  readonly device?: DeviceId
  /** A provider of a customer's own tokens; without it `accounts.logIn` is how one gets in. */
  readonly auth?: TokenProvider
  /** IndexedDB in browsers and memory elsewhere by default. */
  readonly store?: Store
  /** Tabs and stores that share this name share one connection and one outbox; `weft` by default. */
  readonly name?: string
  /** Whether tabs share one connection; by default where Web Locks and BroadcastChannel exist. */
  readonly shareTabs?: boolean
  readonly fetch?: typeof globalThis.fetch
  readonly webSocket?: SocketConstructor
  /** The ways to try, best first: `websocket`, `sse`, `poll` by default. */
  readonly transports?: readonly TransportName[]
  readonly limits?: Partial<Limits>
}

/** Every limit and time-out, with its default in `limits.ts`. */
export interface Limits {
  /** First reconnection within this; doubles with each failure. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** Connected for so long, the next back-off begins from the base again. */
  readonly backoffResetMs: number
  /** From the beginning of a connection to `welcome`, on the last transport that there is to try. */
  readonly connectTimeoutMs: number
  /** The same where another transport is left to try. */
  readonly fallbackTimeoutMs: number
  /** A connection that lasted so long holds; three shorter ones in a row lead to the next transport. */
  readonly steadyMs: number
  /** After so long on a lesser transport a better one is tried; doubles each time that it doesn't hold. */
  readonly climbMs: number
  readonly climbMaxMs: number
  /** From a request to its answer; then the connection is given up. */
  readonly requestTimeoutMs: number
  readonly httpTimeoutMs: number
  /** Sends on their way at once in one channel. */
  readonly inFlightPerChannel: number
  /** Sends on their way at once in all. */
  readonly inFlight: number
  /** Entries in the outbox, failed ones included. */
  readonly outboxEntries: number
  /** `received` and the cursor's write are put off by so much, to take in what follows. */
  readonly receivedDelayMs: number
  readonly readDelayMs: number
  /** A device that nobody looks at for so long is away. */
  readonly awayMs: number
  /** While one types, it is said again so often; without another call it is over after `typingQuietMs`. */
  readonly typingRepeatMs: number
  readonly typingQuietMs: number
  /** Somebody else's typing is over when it isn't heard of for so long. */
  readonly typingOverMs: number
  /** `sync` requests without progress, then a snapshot. */
  readonly syncAttempts: number
}
