import type { ReceiptEntry } from '../../../shared/fabric/calls.ts'
import { MESSAGE_PREFIX } from '../../../shared/fabric/wire/log-record.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'

/** A channel without receipts isn't asked again for so long (ms). */
const OFF_MS = 60_000
/** Receipts that wait, and channels known to have none; beyond, they are forgotten: the next one says it all. */
const MANY = 100_000
/** The head of a message's event, which holds ids and numbers alone. */
const HEAD_BYTES = 256
const HEAD = /^\{"kind":"message","channel":"([\w-]{1,64})","seq":(\d{1,16}),"from":"([\w-]{1,64})"/

/** What a user's devices newly hold and have read, gathered: one receipt for many messages, a user and channel an interval. */
export class Receipts {
  readonly #everyMs: number
  #waiting = new Map<string, ReceiptEntry>()
  readonly #toldAt = new Map<string, number>()
  readonly #offSince = new Map<ChannelId, number>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  add(user: UserId, channel: ChannelId, { delivered = 0, read = 0 }): void {
    if (this.#offSince.has(channel)) return
    const key = `${user} ${channel}`
    const before = this.#waiting.get(key)
    if (before === undefined && this.#waiting.size >= MANY) return
    this.#waiting.set(key, {
      user,
      channel,
      delivered: Math.max(delivered, before?.delivered ?? 0),
      read: Math.max(read, before?.read ?? 0),
    })
  }

  /** An event that the user holds now; one's own messages and all else are left out. */
  holds(user: UserId, json: Uint8Array): void {
    const message = messageHead(json)
    if (message !== null && message.from !== user) this.add(user, message.channel, { delivered: message.seq })
  }

  /** Those whose time has come; they are told from now on. `now`: monotonic ms. */
  due(now: number): ReceiptEntry[] {
    for (const [key, at] of this.#toldAt) if (now - at >= this.#everyMs) this.#toldAt.delete(key)
    for (const [channel, since] of this.#offSince) if (now - since >= OFF_MS) this.#offSince.delete(channel)
    const due: ReceiptEntry[] = []
    for (const [key, entry] of this.#waiting) {
      if (this.#toldAt.has(key)) continue
      this.#waiting.delete(key)
      this.#toldAt.set(key, now)
      due.push(entry)
    }
    return due
  }

  off(channels: readonly ChannelId[], now: number): void {
    for (const channel of channels) if (this.#offSince.size < MANY) this.#offSince.set(channel, now)
  }
}

function messageHead(json: Uint8Array): { channel: ChannelId; seq: number; from: UserId } | null {
  for (let i = 0; i < MESSAGE_PREFIX.length; i++) if (json[i] !== MESSAGE_PREFIX[i]) return null
  const head = HEAD.exec(
    Buffer.from(json.buffer, json.byteOffset, Math.min(json.length, HEAD_BYTES)).toString('latin1'),
  )
  if (head?.[1] === undefined || head[3] === undefined) return null
  return { channel: trusted<ChannelId>(head[1]), seq: Number(head[2]), from: trusted<UserId>(head[3]) }
}

const READ_PREFIX = Buffer.from('{"kind":"read",')
/** Whether an event says how far somebody else has read. */
export function isReadReceipt(json: Uint8Array): boolean {
  for (let i = 0; i < READ_PREFIX.length; i++) if (json[i] !== READ_PREFIX[i]) return false
  return true
}
