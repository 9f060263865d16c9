import { WebSocket } from 'k6/websockets'
import type { LoadUser } from '../scenario-list.ts'
import { Chain, type Verdict } from './chain.ts'
import { at, nowMs } from './clock.ts'
import { type Event, FATAL_CLOSES, type Message, type ServerFrame } from './frames.ts'
import { counts, refusedShare, times } from './metrics.ts'
import { Outbox, type Send } from './outbox.ts'
import { values } from './settings.ts'
import { mintToken } from './token.ts'

const FIRST_BACKOFF_MS = 250
const MAX_BACKOFF_MS = 5_000
const DEVICE = 'load'
/** Around the time that stands in a body. */
const STAMP = '|'

/** One user on one connection, which comes back by itself; checks its own queue and follows each of its sends. */
export class Session {
  readonly user: LoadUser
  /** Welcomed, and told all that it had missed. */
  live = false
  /** When the last event came (ms of the run). */
  lastEventMs = 0
  /** The newest seq that was seen of each channel. */
  readonly newest = new Map<string, number>()
  readonly #run: string
  readonly #chain = new Chain()
  readonly #outbox = new Outbox()
  readonly #sends = new Map<number, string>()
  readonly #pings = new Map<number, number>()
  #socket: WebSocket | null = null
  #isOpen = false
  #wanted = false
  #welcomed = false
  #caughtUpOnce = false
  #connectDueMs = 0
  #backoffMs = FIRST_BACKOFF_MS
  #lastId = 0
  #lastCid = 0

  /** @param run in each cid and body, so that what another run left is not taken for this one's. */
  constructor(user: LoadUser, run: string) {
    this.user = user
    this.#run = run
  }

  /** @param dueMs when it should have begun (ms of the run); what was to be sent before counts from then. */
  connect(dueMs: number): void {
    this.#wanted = true
    this.#outbox.postpone(dueMs)
    this.#open(dueMs)
  }

  /** Ends the connection; the sends that wait are sent again, with their cids, after the next `connect`. */
  disconnect(): void {
    this.#wanted = false
    const isOpen = this.#isOpen
    const socket = this.#detach()
    // While it connects, k6 would wait for it, and if that fails for ever; onopen closes it then.
    if (isOpen) socket?.close(1000)
  }

  send(channel: string, dueMs: number): void {
    const cid = `${this.#run}-${this.user.id.slice(-24)}-${++this.#lastCid}`
    const send = { cid, channel, dueMs }
    this.#outbox.add(send)
    counts.sent.add(1)
    if (this.#welcomed) this.#write(send)
  }

  /** Nothing happens, and nothing is counted, while it isn't connected. */
  ping(dueMs: number): void {
    if (!this.#welcomed) return
    this.#pings.set(this.#request({ t: 'ping' }), dueMs)
  }

  markRead(channel: string, seq: number): void {
    if (this.#welcomed) this.#request({ t: 'read', channel, seq })
  }

  /** Everything sent was answered, and what was acked came back. */
  get settled(): boolean {
    return this.live && this.#outbox.unanswered === 0 && this.#outbox.missing === 0
  }

  finish(): void {
    counts.lost.add(this.#outbox.missing)
    counts.unanswered.add(this.#outbox.unanswered)
    counts.usersDone.add(1)
    this.disconnect()
  }

  #open(dueMs: number): void {
    this.#connectDueMs = dueMs
    const address = `${this.user.edge.replace(/^http/, 'ws')}/v1/ws`
    const socket = new WebSocket(address, null, { tags: { name: 'ws' } })
    this.#socket = socket
    socket.onopen = () => {
      if (this.#socket !== socket) return socket.close(1000)
      this.#isOpen = true
      this.#hello()
    }
    socket.onmessage = (message) => {
      if (this.#socket !== socket || typeof message?.data !== 'string') return
      const frame: ServerFrame = JSON.parse(message.data)
      this.#take(frame)
    }
    // A close follows each error.
    socket.onerror = () => undefined
    // The types know nothing of what k6 hands to it.
    socket.onclose = (close?: { readonly code?: number }) => {
      if (this.#socket === socket) this.#closed(close?.code ?? 1006)
    }
  }

  #hello(): void {
    const token = this.user.token ?? mintToken(values.secret, this.user.id)
    const { cursor } = this.#chain
    this.#request({ t: 'hello', token, device: DEVICE, ...(cursor === null ? {} : { cursor }) })
  }

  /** Events of the old socket that are still to come don't count any more. */
  #detach(): WebSocket | null {
    const socket = this.#socket
    this.#socket = null
    this.#isOpen = false
    this.#welcomed = false
    this.live = false
    this.#sends.clear()
    this.#pings.clear()
    return socket
  }

  #closed(code: number): void {
    const wasWelcomed = this.#welcomed
    this.#detach()
    if (wasWelcomed) counts.disconnects.add(1, { code: String(code) })
    else counts.connectFailures.add(1)
    if (!this.#wanted || FATAL_CLOSES.includes(code)) return
    const dueMs = nowMs() + this.#backoffMs * (0.5 + Math.random() / 2)
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
    at(dueMs, () => {
      if (this.#wanted && this.#socket === null) this.#open(dueMs)
    })
  }

  #take(frame: ServerFrame): void {
    switch (frame.t) {
      case 'event':
        return this.#event(frame.event, frame.cursor, frame.prev)
      case 'ack':
        return this.#acked(frame.id, frame.cid)
      case 'error':
        return this.#refused(frame.id, frame.code)
      case 'welcome':
        return this.#welcome(frame.cursor)
      case 'synced':
        return this.#synced()
      case 'reset':
        counts.resets.add(1)
        return this.#chain.begin(frame.cursor)
      case 'ping':
        return this.#socket?.send('{"t":"pong"}')
      case 'pong':
        return this.#pong(frame.id)
      default:
        return undefined
    }
  }

  #welcome(head: string): void {
    this.#welcomed = true
    this.#backoffMs = FIRST_BACKOFF_MS
    if (this.#chain.cursor === null) {
      times.connect.add(nowMs() - this.#connectDueMs)
      this.#chain.begin(head)
    } else counts.reconnects.add(1)
    for (const send of this.#outbox.waiting) {
      counts.resends.add(1)
      this.#write(send)
    }
  }

  #synced(): void {
    if (!this.live && this.#caughtUpOnce) {
      times.catchUp.add(nowMs() - this.#connectDueMs)
      counts.caughtUp.add(1)
    }
    this.#caughtUpOnce = true
    this.live = true
  }
  #event(event: Event, cursor: string | undefined, prev: string | undefined): void {
    counts.events.add(1)
    this.lastEventMs = nowMs()
    if (cursor !== undefined && prev !== undefined) {
      const verdict = this.#chain.event(cursor, prev)
      count(verdict)
      if (verdict === 'double') return
      if (event.kind === 'message') this.#message(event, verdict)
    }
  }

  #message(message: Message, verdict: Verdict): void {
    const place = this.#chain.message(message.channel, message.seq)
    // A hole that the cursor has shown already is the same hole.
    if (verdict === 'next') count(place)
    if (place === 'double') return
    this.newest.set(message.channel, message.seq)
    counts.received.add(1)
    const isThisRuns = message.cid.startsWith(`${this.#run}-`)
    if (message.from === this.user.id) {
      if (isThisRuns && this.#outbox.back(message.cid) === 'again') counts.doubles.add(1)
    } else if (isThisRuns && this.live) times.delivery.add(nowMs() - stampOf(message.body))
  }

  #acked(id: number, cid: string): void {
    this.#sends.delete(id)
    const send = this.#outbox.acked(cid)
    if (send === undefined) return
    counts.acked.add(1)
    refusedShare.add(0)
    times.ack.add(nowMs() - send.dueMs)
  }

  #refused(id: number | undefined, code: string): void {
    const cid = id === undefined ? undefined : this.#sends.get(id)
    counts.refused.add(1, { code })
    refusedShare.add(1)
    if (id !== undefined) this.#sends.delete(id)
    if (cid !== undefined) this.#outbox.refused(cid)
  }

  #pong(id: number | undefined): void {
    const dueMs = id === undefined ? undefined : this.#pings.get(id)
    if (id === undefined || dueMs === undefined) return
    this.#pings.delete(id)
    counts.pongs.add(1)
    times.pong.add(nowMs() - dueMs)
  }

  #write({ channel, cid, dueMs }: Send): void {
    const text = `${this.#run}${STAMP}${dueMs.toFixed(3)}${STAMP}`.padEnd(values.bytes, 'x')
    this.#sends.set(this.#request({ t: 'send', channel, cid, body: { text } }), cid)
  }

  #request(frame: { readonly t: string; readonly [field: string]: unknown }): number {
    const id = ++this.#lastId
    this.#socket?.send(JSON.stringify({ ...frame, id }))
    return id
  }
}

function count(verdict: Verdict): void {
  if (verdict === 'gap') counts.gaps.add(1)
  if (verdict === 'double') counts.doubles.add(1)
}

/** When the message was due (ms of the run). */
function stampOf(body: unknown): number {
  const text = typeof body === 'object' && body !== null && 'text' in body ? String(body.text) : ''
  return Number(text.split(STAMP)[1])
}
