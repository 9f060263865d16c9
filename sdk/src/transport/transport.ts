import type { Json } from '../wire.ts'

/** The ways to a server, best first. */
export const TRANSPORTS = ['websocket', 'sse', 'poll'] as const
export type TransportName = (typeof TRANSPORTS)[number]

/** What opens a session; `cursor` is the last event that this device took in. */
export interface Hello {
  readonly token: string
  readonly device: string
  readonly cursor?: string
}

export interface TransportHandlers {
  /** The way down carried something: a frame, a heartbeat, an empty poll. Answers to commands don't count. */
  heard(): void
  /** Every frame, in order; the first is `welcome`, or the `error` that refuses `hello`. */
  frame(frame: Json): void
  /** Once; what was on its way either way may be lost. */
  end(code: number): void
}

/**
 * Carries frames both ways and promises nothing else: the cursor, gaps, the outbox and time-outs are looked after by
 * who uses it, who doesn't know which one it is.
 */
export interface Transport {
  readonly name: TransportName
  /** Whether a ping that is sent comes back the way that events come. */
  readonly echoes: boolean
  /** The way down may be silent for so long beside the heartbeat: as long as a poll waits. */
  readonly restMs: number
  open(hello: Hello): void
  send(frame: Json): void
  /** Ends it now, without waiting for the other side. `end` isn't called. */
  close(code: number): void
}

export type TransportFactory = (handlers: TransportHandlers) => Transport

/** The `hello` of every session has this number, whether or not it goes over the wire as a frame. */
export const HELLO_ID = 1
/** The connection was lost: what a WebSocket says of itself too. */
export const LOST = 1006
export const UNAUTHENTICATED = 4401
