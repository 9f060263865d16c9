import { setTimeout as pause } from 'node:timers/promises'
import { between, integer, oneOf, type Random } from '../../support/random.ts'
import { Actor, textOf, uuid7 } from '../actor.ts'
import type { World } from './world.ts'

const WINDOW_MAX = 8
const STAY_MS = [1_000, 10_000] as const
const AWAY_MS = [0, 1_500] as const
const RETRY_MS = [50, 400] as const
/** From a refusal to the next try. */
const REFUSED_MS = [200, 1_000] as const
const PAGE_MAX = 60
/** Of each hundred things that a client does, so many are these; the rest are sends. */
const HISTORY_PERCENT = 8
const CHANNELS_PERCENT = 3
const REPEAT_PERCENT = 2
/** So often the whole window goes out at once, into one channel: what is behind a refusal must be refused too. */
const BURST_PERCENT = 10
/** Acked sends that are remembered, to be sent once more. */
const REMEMBERED = 50

type Unanswered = { readonly channel: string; readonly cid: string; readonly text: string }

/** A device on a raw WebSocket that comes and goes, at any edge, and never lets go of a send that wasn't answered. */
export class RawPerson {
  readonly #world: World
  readonly #user: string
  readonly #device: string
  readonly #random: Random
  readonly #everyMs: number
  readonly #actor: Actor
  readonly #channels: readonly string[]
  readonly #acked: Unanswered[] = []
  #again: Unanswered[] = []
  #inFlight = 0
  #sent = 0
  #wake: () => void = () => undefined

  /** @param everyMs between the things that it does, on average. */
  constructor(world: World, user: string, device: string, random: Random, everyMs: number) {
    this.#world = world
    this.#user = user
    this.#device = device
    this.#random = random
    this.#everyMs = everyMs
    this.#actor = new Actor(world.book, world.secret, user, device)
    this.#channels = world.channelsOf(user).map(({ id }) => id)
  }

  /** Has no send without an answer, is connected, and was told everything that is known to stand. */
  get isSettled(): boolean {
    return (
      this.#actor.isOpen &&
      this.#inFlight + this.#again.length === 0 &&
      this.#channels.every((id) => this.#actor.hasHeard(id, this.#world.headOf(id)))
    )
  }

  /** The first time, before anything is said: from then on it must be told everything. */
  begin(): Promise<void> {
    return this.#actor.arriveSomehow(oneOf(this.#random, this.#world.edges).ws)
  }

  /** Lives until the world is quiet and this device is settled, and stays connected then. */
  async live(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (!this.#actor.isOpen) await this.#arrive()
      if (this.#actor.isOpen) await this.#stay(isOver)
      if (isOver()) return
      this.#actor.leave()
      await pause(between(this.#random, ...AWAY_MS))
    }
  }

  async leave(): Promise<void> {
    this.#actor.leave()
  }

  async #arrive(): Promise<void> {
    try {
      await this.#actor.arrive(oneOf(this.#random, this.#world.edges).ws)
    } catch {
      // Whatever it was, the book has it; it comes again by another way.
      this.#actor.leave()
      await pause(between(this.#random, ...RETRY_MS))
    }
  }

  /** One connection: pipelined sends, reads beside them; ends by itself, or with the connection. */
  async #stay(isOver: () => boolean): Promise<void> {
    const until = performance.now() + between(this.#random, ...STAY_MS)
    const window = integer(this.#random, 1, WINDOW_MAX)
    while (this.#actor.isOpen && !isOver()) {
      if (this.#world.busy && performance.now() > until) return
      const channel = this.#world.pick(this.#user, this.#random)
      const wanted = this.#random() * 100 < BURST_PERCENT ? window : 1
      let done = 0
      for (; done < wanted && this.#inFlight < window; done++) {
        const again = this.#again.shift()
        if (again !== undefined) this.#send(again)
        else if (this.#world.busy) this.#do(channel)
        else break
      }
      await this.#turn(Math.max(1, done))
    }
  }

  #do(channel: string): void {
    const dice = this.#random() * 100
    if (dice < HISTORY_PERCENT) void this.#readHistory(channel)
    else if (dice < HISTORY_PERCENT + CHANNELS_PERCENT) void this.#readChannels()
    else if (dice < HISTORY_PERCENT + CHANNELS_PERCENT + REPEAT_PERCENT && this.#acked.length > 0)
      this.#send(oneOf(this.#random, this.#acked))
    else this.#send({ channel, cid: uuid7(), text: `${this.#device} ${++this.#sent}` })
  }

  #send(send: Unanswered): void {
    this.#inFlight++
    void this.#actor.send(send.channel, send.text, send.cid).then(async (outcome) => {
      // A retry at once would only count as work: it holds its place in the window while it waits.
      if (outcome.kind === 'error') await pause(between(this.#random, ...REFUSED_MS))
      this.#inFlight--
      if (outcome.kind === 'ok') {
        this.#world.stands(send.channel, outcome.seq)
        this.#acked.push(send)
        if (this.#acked.length > REMEMBERED) this.#acked.shift()
      } else {
        this.#again.push(send)
        // A connection that gives no answers is left; the cursor goes on elsewhere.
        if (outcome.kind === 'lost') this.#actor.leave()
      }
      this.#wake()
    })
  }

  /** Until something was answered, or it is time for the next thing. */
  async #turn(done: number): Promise<void> {
    const ms = -Math.log(1 - this.#random()) * this.#everyMs * done
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    // Before its time only when it may do nothing else meanwhile.
    if (this.#world.busy) await pause(ms)
    else await Promise.race([woken, pause(this.#everyMs)])
  }

  async #readHistory(channel: string): Promise<void> {
    const limit = integer(this.#random, 1, PAGE_MAX)
    const head = this.#world.headOf(channel)
    const place = integer(this.#random, 0, head + 1)
    const where = this.#random()
    const bound = where < 0.4 ? {} : where < 0.7 ? { before: Math.max(1, place) } : { after: place }
    await this.#ask({ f: 'history', channel, limit, ...bound }, async (op) => {
      const query = new URLSearchParams({ limit: String(limit) })
      for (const [name, value] of Object.entries(bound)) query.set(name, String(value))
      const path = `/v1/channels/${channel}/messages?${query}`
      const body = await this.#get(op, path)
      if (body === null) return
      const items = itemsOf(body).map(({ seq, cid, from, at, body }) => ({
        seq,
        cid,
        from,
        at,
        text: textOf(body),
      }))
      const { book } = this.#world
      const more = body['next'] !== null && body['next'] !== undefined
      book.write({ type: 'ok', op, f: 'history', items, partial: body['partial'] === true, more })
    })
  }

  async #readChannels(): Promise<void> {
    await this.#ask({ f: 'channels' }, async (op) => {
      const body = await this.#get(op, '/v1/channels?limit=200')
      if (body === null) return
      const items = (body['items'] as readonly ChannelItem[]).map(({ id, head, unread, read }) => ({
        id,
        head,
        unread,
        read,
      }))
      this.#world.book.write({ type: 'ok', op, f: 'channels', items })
    })
  }

  /** The answer's body; null if it was an error, which the book has then. */
  async #get(op: number, path: string): Promise<Body | null> {
    const answer = await this.#world.get(this.#user, path, this.#random)
    const body = (await answer.json()) as Body
    if (answer.ok) return body
    const { code } = body['error'] as { readonly code: string }
    this.#world.book.write({ type: 'error', op, code })
    return null
  }

  async #ask(
    line: HistoryAsk | { readonly f: 'channels' },
    work: (op: number) => Promise<void>,
  ): Promise<void> {
    const { book } = this.#world
    const op = book.nextOp()
    const who = { client: this.#device, user: this.#user, device: this.#device }
    book.write({ type: 'invoke', op, ...who, ...line })
    this.#inFlight++
    try {
      await work(op)
    } catch (error) {
      book.write({ type: 'lost', op, why: String(error) })
    } finally {
      this.#inFlight--
    }
  }
}

type Body = Readonly<Record<string, unknown>>
type HistoryAsk = {
  readonly f: 'history'
  readonly channel: string
  readonly limit: number
  readonly before?: number
  readonly after?: number
}
type ChannelItem = {
  readonly id: string
  readonly head: number
  readonly unread: number
  readonly read: number
}
type MessageItem = {
  readonly seq: number
  readonly cid: string
  readonly from: string
  readonly at: string
  readonly body: unknown
}
const itemsOf = (body: Body) => body['items'] as readonly MessageItem[]
