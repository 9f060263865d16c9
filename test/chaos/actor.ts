import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import type { Book } from './book.ts'

/** Longer than an edge lets a send wait for its answer (ms). */
const ANSWER_LIMIT_MS = 8_000
/** For a socket to open: a process that stands still takes connections, and answers none (ms). */
const OPEN_LIMIT_MS = 5_000
const RETRY_MS = 100
const PERSIST_LIMIT_MS = 30_000

/** What became of a send. */
export type Outcome =
  | { readonly kind: 'ok'; readonly seq: number }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'lost' }

type Frame = { readonly t: string; readonly [field: string]: unknown }
type Asked = {
  readonly op: number
  readonly answered: (frame: Frame) => void
  readonly lost: (why: string) => void
}

/** A UUIDv7: what PROTOCOL.md recommends as cid, and what an owner can know to be fresh by its memory alone. */
export function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** A body is a text, or an object that may hold one. */
export function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  return typeof body === 'object' && body !== null && 'text' in body ? String(body.text) : ''
}

/** One device by hand over a raw socket; all that it asks and is told goes into the book. */
export class Actor {
  readonly user: string
  readonly #book: Book
  readonly #secret: string
  readonly #device: string
  readonly #asked = new Map<number, Asked>()
  /** By channel: the newest message told. */
  readonly #told = new Map<string, number>()
  #socket: WebSocket | null = null
  #session: string | null = null
  #cursor: string | null = null
  #synced = 0

  constructor(book: Book, secret: string, user: string, device = user) {
    this.#book = book
    this.#secret = secret
    this.user = user
    this.#device = device
  }

  get isOpen(): boolean {
    return this.#session !== null
  }

  hasHeard(channel: string, seq: number): boolean {
    return seq <= (this.#told.get(channel) ?? 0)
  }

  /** Connects, goes on from its cursor if it has one, and waits for the end of what it missed. */
  async arrive(ws: string): Promise<void> {
    const socket = new WebSocket(ws, 'weft.v1')
    this.#socket = socket
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${ws} doesn't answer`)), OPEN_LIMIT_MS)
      socket.onopen = () => resolve(clearTimeout(timer))
      socket.onerror = () => {
        clearTimeout(timer)
        reject(new Error(`${ws} can't be reached`))
      }
    })
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#heard(JSON.parse(String(data)))
    socket.onclose = ({ code }) => this.#gone(code)
    socket.onerror = null
    const cursor = this.#cursor
    const synced = this.#synced
    const token = mintToken(this.#secret, this.user)
    const welcome = await this.#ask(
      { f: 'hello', cursor },
      { t: 'hello', token, device: this.#device, ...(cursor === null ? {} : { cursor }) },
    )
    if (welcome?.['t'] !== 'welcome')
      throw new Error(`${this.user} was not welcomed: ${JSON.stringify(welcome)}`)
    await until(() => this.#synced > synced || !this.isOpen, `${this.user} is synced`)
  }

  /** As {@link arrive}, again and again until it comes to that. */
  async arriveSomehow(ws: string): Promise<void> {
    const arrives = async () => {
      try {
        await this.arrive(ws)
      } catch {
        this.leave()
      }
      return this.isOpen
    }
    await until(arrives, `${this.user} arrives`, { limitMs: PERSIST_LIMIT_MS, lookMs: RETRY_MS })
  }

  async send(channel: string, text: string, cid: string = uuid7()): Promise<Outcome> {
    const answer = await this.#ask(
      { f: 'send', channel, cid, text },
      { t: 'send', channel, cid, body: { text } },
    )
    if (answer === null) return { kind: 'lost' }
    if (answer.t === 'ack') return { kind: 'ok', seq: Number(answer['seq']) }
    return { kind: 'error', code: String(answer['code']) }
  }

  /** Until it is acked, under one cid. Gives its seq. */
  async insist(channel: string, text: string, cid: string = uuid7()): Promise<number> {
    const end = performance.now() + PERSIST_LIMIT_MS
    for (;;) {
      const outcome = await this.send(channel, text, cid)
      if (outcome.kind === 'ok') return outcome.seq
      if (performance.now() > end) throw new Error(`${this.user} is not acked: ${JSON.stringify(outcome)}`)
      await wait(RETRY_MS)
    }
  }

  leave(): void {
    const socket = this.#socket
    if (socket === null) return
    socket.onmessage = socket.onclose = null
    socket.close()
    this.#gone(1000)
  }

  #ask(
    line: { f: 'hello'; cursor: string | null } | { f: 'send'; channel: string; cid: string; text: string },
    frame: object,
  ): Promise<Frame | null> {
    const op = this.#book.nextOp()
    this.#book.write({
      type: 'invoke',
      op,
      client: this.#device,
      user: this.user,
      device: this.#device,
      ...line,
    })
    return new Promise((resolve) => {
      const settle = (answer: Frame | null) => {
        clearTimeout(timer)
        this.#asked.delete(op)
        resolve(answer)
      }
      const lost = (why: string) => {
        this.#book.write({ type: 'lost', op, why })
        settle(null)
      }
      const timer = setTimeout(() => lost('timeout'), ANSWER_LIMIT_MS)
      const answered = (answer: Frame) => {
        this.#note(op, answer)
        settle(answer)
      }
      this.#asked.set(op, { op, answered, lost })
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ ...frame, id: op }))
      else lost('not connected')
    })
  }

  #note(op: number, answer: Frame): void {
    if (answer.t === 'welcome') {
      this.#session = String(answer['session'])
      const cursor = String(answer['cursor'])
      this.#cursor ??= cursor
      this.#book.write({ type: 'ok', op, f: 'hello', session: this.#session, cursor })
    } else if (answer.t === 'ack')
      this.#book.write({
        type: 'ok',
        op,
        f: 'send',
        seq: Number(answer['seq']),
        server_at: String(answer['at']),
        duplicate: answer['duplicate'] === true,
      })
    else this.#book.write({ type: 'error', op, code: String(answer['code']) })
  }

  #heard(frame: Frame): void {
    if (frame.t === 'ping') this.#socket?.send(JSON.stringify({ t: 'pong' }))
    const asked = typeof frame['id'] === 'number' ? this.#asked.get(frame['id']) : undefined
    if (asked !== undefined) return asked.answered(frame)
    const session = this.#session
    if (session === null) return
    const at = { client: this.#device, session }
    if (frame.t === 'synced') {
      this.#book.write({ type: 'synced', ...at, cursor: String(frame['cursor']) })
      this.#synced += 1
    } else if (frame.t === 'reset') {
      this.#cursor = String(frame['cursor'])
      this.#book.write({ type: 'reset', ...at, cursor: this.#cursor, reason: String(frame['reason']) })
    } else if (frame.t === 'event' && typeof frame['cursor'] === 'string') this.#event(frame, at)
  }

  #event(frame: Frame, at: { readonly client: string; readonly session: string }): void {
    const event = frame['event'] as Record<string, unknown>
    const cursor = String(frame['cursor'])
    const place = { cursor, prev: String(frame['prev']), kind: String(event['kind']) }
    this.#cursor = cursor
    if (place.kind !== 'message') return this.#book.write({ type: 'event', ...at, user: this.user, ...place })
    const channel = String(event['channel'])
    const seq = Number(event['seq'])
    if (seq > (this.#told.get(channel) ?? 0)) this.#told.set(channel, seq)
    const text = textOf(event['body'])
    this.#book.write({
      type: 'event',
      ...at,
      user: this.user,
      ...place,
      channel,
      seq,
      cid: String(event['cid']),
      from: String(event['from']),
      text,
    })
  }

  #gone(code: number): void {
    const session = this.#session
    this.#socket = null
    this.#session = null
    for (const { lost } of this.#asked.values()) lost('the connection is gone')
    if (session !== null) this.#book.write({ type: 'closed', client: this.#device, session, code })
  }
}
