import { connect, type Socket } from 'node:net'
import { cursorOf, type OtherFrame, type Seen, ServerFrameReader } from './server-frames.ts'
import { CLOSE, clientFrame, FrameCutter, PING, PONG, TEXT, upgradeEnd, upgradeRequest } from './websocket.ts'

const READ_BYTES = 256 * 1024
const PONG_FRAME = clientFrame('{"t":"pong"}')
/** One for all sockets: what was read is used up before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

export type Address = { readonly host: string; readonly port: number }

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

/** A user's connection by hand: as little work a frame as will do, and its queue's chain checked on the way. */
export class Client implements Seen {
  readonly index: number
  readonly user: string
  traffic: Traffic = quiet
  /** The newest event's number; -1 before the welcome. */
  last = -1
  epoch = ''
  /** Sends under way, for those who bound them. */
  inFlight = 0
  isClosed = false
  /** Messages that came, live or caught up. */
  messages = 0
  onSynced: (() => void) | null = null
  onClosed: ((why: string) => void) | null = null
  readonly #socket: Socket
  readonly #hello: string
  readonly #cutter = new FrameCutter()
  readonly #reader = new ServerFrameReader()
  #isUpgraded = false
  #head: Buffer = Buffer.alloc(0)
  #now = 0
  #out: Buffer[] = []
  #isReading = false

  constructor(index: number, user: string, { host, port }: Address, hello: string) {
    this.index = index
    this.user = user
    this.#hello = hello
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.#read(length)
          return true
        },
      },
    })
    this.#socket.on('connect', () => {
      this.#socket.write(upgradeRequest(`${host}:${port}`, '/v1/ws', 'weft.v1'), 'latin1')
    })
    this.#socket.on('error', (error) => this.#close(error.message))
    this.#socket.on('close', () => this.#close('the connection closed'))
  }

  get cursor(): string {
    return `${this.epoch}:${this.last}`
  }

  /** Written with whatever else this client sends before it returns to the event loop, or at `flush`. */
  queue(frame: Buffer): void {
    this.#out.push(frame)
  }

  /** Outside a read, what was queued goes out by this. */
  flush(): void {
    if (this.#isReading || this.#out.length === 0) return
    const bytes =
      this.#out.length === 1 && this.#out[0] !== undefined ? this.#out[0] : Buffer.concat(this.#out)
    this.#out = []
    this.#socket.write(bytes)
  }

  /** Without a goodbye. */
  cut(): void {
    this.isClosed = true
    this.#socket.destroy()
  }

  ack(id: number, duplicate: boolean): void {
    this.traffic.acked(this, id, duplicate, this.#now)
  }

  event(epoch: string, n: number, prev: number, stamp: number | null): void {
    if (prev !== this.last || n !== prev + 1 || epoch !== this.epoch)
      this.traffic.fault(this, `event ${epoch}:${n} after ${prev}, where ${this.cursor} was the last`)
    this.last = n
    if (stamp === null) return
    this.messages++
    this.traffic.delivered(this, stamp, this.#now)
  }

  other(frame: OtherFrame): void {
    switch (frame.t) {
      case 'error':
        if (this.last < 0) return this.#close(`told ${JSON.stringify(frame)}`)
        if (typeof frame['id'] !== 'number') return this.traffic.fault(this, `told ${JSON.stringify(frame)}`)
        return this.traffic.refused(
          this,
          frame['id'],
          String(frame['code']),
          Number(frame['retry_after'] ?? 0) * 1000,
        )
      case 'ping':
        return this.queue(PONG_FRAME)
      case 'welcome':
        // A session with a cursor goes on from there, one without from the head.
        if (this.last < 0) this.startAt(String(frame['cursor']))
        return
      case 'synced':
        return this.onSynced?.()
      default:
        this.traffic.fault(this, `told ${JSON.stringify(frame)}`)
    }
  }

  /** The cursor that the next event comes after. */
  startAt(cursor: string): void {
    const [epoch, n] = cursorOf(cursor)
    this.epoch = epoch
    this.last = n
  }

  #read(length: number): void {
    if (this.isClosed) return
    this.#now = performance.now()
    let bytes: Buffer = readBuffer.subarray(0, length)
    try {
      if (!this.#isUpgraded) {
        this.#head = Buffer.concat([this.#head, bytes])
        const at = upgradeEnd(this.#head)
        if (at === null) return
        this.#isUpgraded = true
        // Only now: uWebSockets.js drops frames that come in one piece with the request.
        this.queue(clientFrame(this.#hello))
        bytes = this.#head.subarray(at)
        this.#head = Buffer.alloc(0)
      }
      this.#isReading = true
      this.#cutter.push(bytes, this.#onFrame)
    } catch (error) {
      this.#close(error instanceof Error ? error.message : String(error))
    } finally {
      this.#isReading = false
    }
    this.flush()
  }

  readonly #onFrame = (opcode: number, bytes: Buffer, start: number, end: number): void => {
    if (opcode === TEXT) return this.#reader.read(bytes, start, end, this)
    if (opcode === PING) this.queue(clientFrame(Buffer.from(bytes.subarray(start, end)), PONG))
    else if (opcode === CLOSE) this.#close(`the server closed with ${bytes.readUInt16BE(start)}`)
  }

  #close(why: string): void {
    if (this.isClosed) return
    this.cut()
    this.onClosed?.(why)
  }
}
