import type { Final, FinalHistory, FinalQueue, Item, Line, QueueEvent } from './history.ts'

/** Numbers from a seed, 0 ≤ x < 1 (mulberry32, public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

type Message = Item & { readonly channel: string }
type Room = { readonly id: string; readonly members: readonly string[]; readonly messages: Message[] }
type Client = {
  readonly name: string
  readonly user: string
  session: string | null
  /** How many events of the queue it has been told. */
  told: number
  /** Sends that weren't acked yet. */
  open: { cid: string; channel: string; text: string }[]
}
type Sdk = {
  readonly name: string
  readonly user: string
  readonly from: ReadonlyMap<string, number>
  readonly told: Map<string, number>
}

const USERS = ['ann', 'bob', 'cid'] as const
const EPOCH = 'e1'
const START = Date.parse('2026-01-01T00:00:00.000Z')

/**
 * The history of a run of a fabric that keeps every promise, by a seed: pipelined sends, lost answers, repeats,
 * `unavailable` both ways, refusals, reconnections, clients that ask again, history reads, two devices a user, the SDK.
 */
export function story(seed: number, steps: number): Line[] {
  return new Story(seed).tell(steps)
}

class Story {
  readonly #lines: Line[] = []
  readonly #random: () => number
  readonly #rooms: Room[] = [
    { id: 'c1', members: ['ann', 'bob'], messages: [] },
    { id: 'c2', members: USERS, messages: [] },
  ]
  readonly #queues = new Map<string, QueueEvent[]>(USERS.map((user) => [user, []]))
  readonly #clients: Client[] = USERS.flatMap((user) =>
    [1, 2].map((n) => ({ name: `${user}-${n}`, user, session: null, told: 0, open: [] })),
  )
  #sdks: Sdk[] = []
  #op = 0
  #ids = 0
  #clock = 0

  constructor(seed: number) {
    this.#random = randomOf(seed)
    this.#lines.push({ type: 'run', seed, shape: 'story', started: new Date(START).toISOString() })
  }

  tell(steps: number): Line[] {
    for (const client of this.#clients) this.#hello(client)
    for (const { id, members } of this.#rooms)
      this.#lines.push({
        type: 'channel',
        channel: id,
        kind: members.length > 2 ? 'group' : 'direct',
        members,
      })
    for (const user of USERS) this.#arrive(user)
    for (let step = 0; step < steps; step++) this.#step()
    for (const client of this.#clients) {
      this.#resend(client)
      if (client.session === null) this.#hello(client)
      this.#deliver(client, Number.POSITIVE_INFINITY)
    }
    for (const client of this.#clients) this.#deliver(client, Number.POSITIVE_INFINITY)
    for (const sdk of this.#sdks) this.#deliverSdk(sdk, Number.POSITIVE_INFINITY)
    this.#lines.push({ type: 'quiet', at: this.#at() })
    for (const client of this.#clients) this.#close(client)
    this.#lines.push(...this.#final())
    return this.#lines
  }

  #step(): void {
    const client = this.#pick(this.#clients)
    const sdk = this.#pick(this.#sdks)
    const act = this.#random()
    if (act < 0.35) this.#sends(client)
    else if (act < 0.6) this.#deliver(client, 1 + Math.floor(this.#random() * 5))
    else if (act < 0.68) this.#read(client)
    else if (act < 0.72) this.#list(client)
    else if (act < 0.78) this.#reconnect(client)
    else if (act < 0.81) this.#again(client)
    else if (act < 0.84) this.#resend(client)
    else if (act < 0.92) this.#sdkSend(sdk)
    else if (act < 0.98) this.#deliverSdk(sdk, 3)
    else this.#fault(sdk)
  }

  /** Up to four sends, pipelined; from some point on they may all be refused or go unanswered. */
  #sends(client: Client): void {
    if (client.session === null) return
    const room = this.#room(client.user)
    const count = 1 + Math.floor(this.#random() * 4)
    const asked = Array.from({ length: count }, () => {
      const cid = this.#id('m')
      const text = this.#id('text')
      return { op: this.#invokeSend(client, room.id, cid, text), cid, text }
    })
    const fails = this.#random() < 0.25 ? Math.floor(this.#random() * count) : count
    const how = this.#random()
    for (const [index, { op, cid, text }] of asked.entries()) {
      if (index < fails) {
        const message = this.#commit(room, client.user, cid, text)
        this.#ack(op, message, false)
        continue
      }
      if (how < 0.2) {
        this.#lines.push({ type: 'error', at: this.#at(), op, code: 'forbidden' })
        continue
      }
      client.open.push({ cid, channel: room.id, text })
      // It may have been stored; in order, so only while all before it were.
      if (how > 0.7 && index === fails) this.#commit(room, client.user, cid, text)
      if (how < 0.6)
        this.#lines.push({ type: 'error', at: this.#at(), op, code: 'unavailable', retry_after: 1 })
      else this.#lines.push({ type: 'lost', at: this.#at(), op, why: 'timeout' })
    }
  }

  /** What wasn't acked goes out again under the same cid. */
  #resend(client: Client): void {
    if (client.session === null) return
    for (const { cid, channel, text } of client.open.splice(0)) {
      const room = this.#rooms.find(({ id }) => id === channel)
      if (room === undefined) continue
      const op = this.#invokeSend(client, channel, cid, text)
      const stored = room.messages.find((message) => message.cid === cid && message.from === client.user)
      this.#ack(op, stored ?? this.#commit(room, client.user, cid, text), stored !== undefined)
    }
  }

  #invokeSend(client: Client, channel: string, cid: string, text: string): number {
    return this.#invoke(client, { f: 'send', channel, cid, text })
  }

  #invoke(
    { name, user }: Client,
    ask:
      | { f: 'send'; channel: string; cid: string; text: string }
      | { f: 'history'; channel: string; limit: number; before?: number; after?: number }
      | { f: 'hello'; cursor: string | null }
      | { f: 'sync'; cursor: string }
      | { f: 'channels' },
  ): number {
    const op = ++this.#op
    this.#lines.push({ type: 'invoke', at: this.#at(), op, client: name, user, device: name, ...ask })
    return op
  }

  #ack(op: number, { seq, at }: Message, duplicate: boolean): void {
    this.#lines.push({ type: 'ok', at: this.#at(), op, f: 'send', seq, server_at: at, duplicate })
  }

  #commit(room: Room, from: string, cid: string, text: string): Message {
    if (this.#random() < 0.7) this.#clock += 1
    const at = new Date(START + this.#clock).toISOString()
    const seq = room.messages.length + 1
    const message: Message = { channel: room.id, seq, cid, from, text, at }
    room.messages.push(message)
    for (const member of room.members)
      this.#enqueue(member, { kind: 'message', channel: room.id, seq, cid, from, text })
    if (this.#random() < 0.1) this.#enqueue(from, { kind: 'read' })
    return message
  }

  #enqueue(user: string, event: Omit<QueueEvent, 'cursor' | 'prev'>): void {
    const queue = this.#queue(user)
    const n = queue.length
    queue.push({ cursor: `${EPOCH}:${n + 1}`, prev: `${EPOCH}:${n}`, ...event })
  }

  #hello(client: Client): void {
    const isFirst = client.told === 0 && this.#random() < 0.5
    const op = this.#invoke(client, { f: 'hello', cursor: isFirst ? null : `${EPOCH}:${client.told}` })
    const head = this.#queue(client.user).length
    if (isFirst) client.told = head
    client.session = this.#id('s')
    const { session } = client
    this.#lines.push({ type: 'ok', at: this.#at(), op, f: 'hello', session, cursor: `${EPOCH}:${head}` })
    this.#deliver(client, Number.POSITIVE_INFINITY)
    this.#synced(client)
  }

  #synced({ name, session, told }: Client): void {
    if (session === null) return
    this.#lines.push({ type: 'synced', at: this.#at(), client: name, session, cursor: `${EPOCH}:${told}` })
  }

  #deliver(client: Client, count: number): void {
    const { name, user, session } = client
    if (session === null) return
    for (const event of this.#queue(user).slice(client.told, client.told + count)) {
      this.#lines.push({ type: 'event', at: this.#at(), client: name, user, session, ...event })
      client.told += 1
    }
  }

  #reconnect(client: Client): void {
    if (client.session !== null) this.#close(client)
    else this.#hello(client)
  }

  #close(client: Client): void {
    const { name, session } = client
    if (session === null) return
    this.#lines.push({ type: 'closed', at: this.#at(), client: name, session, code: 1006 })
    client.session = null
  }

  /** Asks for the last events once more. */
  #again(client: Client): void {
    if (client.session === null) return
    client.told = Math.max(0, client.told - Math.floor(this.#random() * 3))
    this.#invoke(client, { f: 'sync', cursor: `${EPOCH}:${client.told}` })
    this.#deliver(client, Number.POSITIVE_INFINITY)
    this.#synced(client)
  }

  #read(client: Client): void {
    const { id: channel, messages } = this.#room(client.user)
    const limit = 1 + Math.floor(this.#random() * 6)
    const place = Math.floor(this.#random() * (messages.length + 2))
    const which = this.#random()
    const bound = which < 0.4 ? { after: place } : which < 0.6 ? { before: place + 1 } : {}
    const op = this.#invoke(client, { f: 'history', channel, limit, ...bound })
    const end = 'before' in bound ? Math.min(place, messages.length) : messages.length
    const page =
      'after' in bound ? messages.slice(place, place + limit) : messages.slice(Math.max(0, end - limit), end)
    const items = page.map(itemOf)
    const more = 'after' in bound ? place + limit < messages.length : end > limit
    this.#lines.push({ type: 'ok', at: this.#at(), op, f: 'history', items, partial: false, more })
  }

  #list(client: Client): void {
    const op = this.#invoke(client, { f: 'channels' })
    const items = this.#rooms
      .filter(({ members }) => members.includes(client.user))
      .map(({ id, messages }) => ({ id, head: messages.length, unread: 0, read: messages.length }))
    this.#lines.push({ type: 'ok', at: this.#at(), op, f: 'channels', items })
  }

  #arrive(user: string): void {
    const from = new Map(this.#rooms.map(({ id, messages }) => [id, messages.length]))
    this.#sdks.push({ name: this.#id(`${user}-sdk-`), user, from, told: new Map(from) })
  }

  #sdkSend({ name: client, user }: Sdk): void {
    const room = this.#room(user)
    const cid = this.#id('m')
    const text = this.#id('text')
    this.#lines.push({ type: 'wanted', at: this.#at(), client, user, channel: room.id, cid, text })
    const { seq } = this.#commit(room, user, cid, text)
    if (this.#random() < 0.8)
      this.#lines.push({ type: 'sent', at: this.#at(), client, user, channel: room.id, cid, seq })
  }

  #deliverSdk({ name: client, user, told }: Sdk, count: number): void {
    for (const { id: channel, members, messages } of this.#rooms) {
      if (!members.includes(user)) continue
      const from = told.get(channel) ?? 0
      const part = messages.slice(from, from + count)
      for (const { seq, cid, from, text } of part)
        this.#lines.push({ type: 'told', at: this.#at(), client, user, channel, seq, cid, from, text })
      told.set(channel, from + part.length)
    }
  }

  /** A process dies, and with it a client. */
  #fault(sdk: Sdk): void {
    this.#lines.push({ type: 'fault', at: this.#at(), phase: 'begin', name: 'kill', detail: sdk.name })
    this.#lines.push({ type: 'left', at: this.#at(), client: sdk.name })
    this.#sdks = this.#sdks.filter((other) => other !== sdk)
    this.#arrive(sdk.user)
    this.#lines.push({ type: 'fault', at: this.#at(), phase: 'end', name: 'kill', detail: sdk.name })
  }

  #final(): (FinalHistory | FinalQueue | Final)[] {
    const histories = this.#rooms.flatMap(({ id: channel, members, messages }) =>
      members.flatMap((reader) =>
        pagesOf(messages).map(
          (page): FinalHistory => ({
            type: 'final-history',
            channel,
            reader,
            items: page.map(itemOf),
          }),
        ),
      ),
    )
    const queues = [...this.#queues].flatMap(([user, queue]) =>
      pagesOf(queue).map(
        (events): FinalQueue => ({ type: 'final-queue', user, since: `${EPOCH}:0`, events }),
      ),
    )
    return [...histories, ...queues, { type: 'final' }]
  }

  #queue(user: string): QueueEvent[] {
    return this.#queues.get(user) ?? []
  }

  #room(user: string): Room {
    return this.#pick(this.#rooms.filter(({ members }) => members.includes(user)))
  }

  #pick<T>(among: readonly T[]): T {
    const picked = among[Math.floor(this.#random() * among.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  #id(prefix: string): string {
    return `${prefix}${++this.#ids}`
  }

  #at(): number {
    return this.#lines.length
  }
}

const itemOf = ({ seq, cid, from, text, at }: Message): Item => ({ seq, cid, from, text, at })

const PAGE = 20

/** At least one, for nothing is said about an empty channel without a page. */
function pagesOf<T>(all: readonly T[]): T[][] {
  const pages = [all.slice(0, PAGE)]
  for (let from = PAGE; from < all.length; from += PAGE) pages.push(all.slice(from, from + PAGE))
  return pages
}
