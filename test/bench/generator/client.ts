import { type Address, Connection, type ConnectionHandler } from './connection.ts'
import { cursorOf, type OtherFrame, type Seen, ServerFrameReader } from './server-frames.ts'
import { clientFrame } from './websocket.ts'

const PONG_FRAME = clientFrame('{"t":"pong"}')

/** What is done with what clients see; one object for all of them, so that the hot path stays of one shape. */
export interface Traffic {
  acked(client: Client, id: number, duplicate: boolean, now: number): void
  delivered(client: Client, stamp: number, now: number): void
  refused(client: Client, id: number, code: string, retryAfterMs: number): void
  fault(client: Client, what: string): void
}

/** Nothing is expected yet, or no longer. */
export const quiet: Traffic = {
  acked: () => undefined,
  delivered: () => undefined,
  refused: () => undefined,
  fault: () => undefined,
}

/** A user's session by hand; its queue's chain is checked on the way. */
export class Client implements Seen, ConnectionHandler {
  readonly index: number
  readonly user: string
  traffic: Traffic = quiet
  /** Messages that came, live or caught up. */
  messages = 0
  /** Events without a cursor. */
  passing = 0
  /** Of all frames. */
  bytes = 0
  onSynced: (() => void) | null = null
  onClosed: ((why: string) => void) | null = null
  readonly #connection: Connection
  readonly #reader = new ServerFrameReader()
  readonly #hello: Buffer
  #epoch = ''
  /** The newest event's number; -1 before the welcome. */
  #last = -1
  #now = 0

  /** `cursor`: after which events are expected; undefined = from the head. */
  constructor(index: number, user: string, address: Address, hello: string, cursor?: string) {
    this.index = index
    this.user = user
    this.#hello = clientFrame(hello)
    if (cursor !== undefined) this.#startAt(cursor)
    this.#connection = new Connection(address, '/v1/ws', this)
  }

  get cursor(): string {
    return `${this.#epoch}:${this.#last}`
  }

  queue(frame: Buffer): void {
    this.#connection.queue(frame)
  }

  flush(): void {
    this.#connection.flush()
  }

  cut(): void {
    this.#connection.cut()
  }

  opened(): void {
    this.queue(this.#hello)
  }

  text(bytes: Buffer, start: number, end: number, now: number): void {
    this.#now = now
    this.bytes += end - start
    this.#reader.read(bytes, start, end, this)
  }

  closed(why: string): void {
    this.onClosed?.(why)
  }

  ack(id: number, duplicate: boolean): void {
    this.traffic.acked(this, id, duplicate, this.#now)
  }

  event(epoch: string, n: number, prev: number, stamp: number | null): void {
    if (prev !== this.#last || n !== prev + 1 || epoch !== this.#epoch)
      this.traffic.fault(this, `event ${epoch}:${n} after ${prev}, where ${this.cursor} was the last`)
    this.#last = n
    if (stamp === null) return
    this.messages++
    this.traffic.delivered(this, stamp, this.#now)
  }

  other(frame: OtherFrame): void {
    switch (frame.t) {
      case 'ping':
        return this.queue(PONG_FRAME)
      case 'welcome':
        if (this.#last < 0) this.#startAt(String(frame['cursor']))
        return
      case 'synced':
        return this.onSynced?.()
      case 'event':
        // Kept nowhere: a mark of a channel's new head.
        this.passing++
        return
      case 'error':
        return this.#refused(frame)
      default:
        this.traffic.fault(this, `told ${JSON.stringify(frame)}`)
    }
  }

  #refused(frame: OtherFrame): void {
    const { id, code, retry_after: retryAfter } = frame
    if (this.onSynced !== null) this.onClosed?.(`told ${JSON.stringify(frame)}`)
    else if (typeof id === 'number')
      this.traffic.refused(this, id, String(code), Number(retryAfter ?? 0) * 1000)
    else this.traffic.fault(this, `told ${JSON.stringify(frame)}`)
  }

  #startAt(cursor: string): void {
    const [epoch, n] = cursorOf(cursor)
    this.#epoch = epoch
    this.#last = n
  }
}
