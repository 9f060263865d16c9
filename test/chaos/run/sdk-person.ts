import { setTimeout as pause } from 'node:timers/promises'
import { type Client, MemoryStore, WeftClient } from '../../../sdk/src/mod.ts'
import { between, oneOf, type Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import { textOf } from '../actor.ts'
import type { World } from './world.ts'

const LIFE_MS = [10_000, 60_000] as const
const START_LIMIT_MS = 60_000
/** Sends that may wait in the outbox: past it, the app waits too. */
const OUTBOX_MAX = 20
const LIMITS = { backoffBaseMs: 50, backoffMaxMs: 1_000, connectTimeoutMs: 4_000, requestTimeoutMs: 8_000 }

/** An app on the SDK, restarted now and then over the same store. The history knows each life by a name of its own. */
export class SdkPerson {
  readonly #world: World
  readonly #user: string
  readonly #device: string
  readonly #random: Random
  readonly #everyMs: number
  readonly #store = new MemoryStore()
  readonly #channels: readonly string[]
  /** By channel: the newest message told, in any life. */
  readonly #told = new Map<string, number>()
  #client: Client | null = null
  #name = ''
  #lives = 0
  #sent = 0

  constructor(world: World, user: string, device: string, random: Random, everyMs: number) {
    this.#world = world
    this.#user = user
    this.#device = device
    this.#random = random
    this.#everyMs = everyMs
    this.#channels = world.channelsOf(user).map(({ id }) => id)
  }

  get isSettled(): boolean {
    const client = this.#client
    return (
      client !== null &&
      client.state.status === 'live' &&
      client.outbox.list.every(({ status }) => status === 'acked') &&
      this.#channels.every((id) => this.#world.headOf(id) <= (this.#told.get(id) ?? 0))
    )
  }

  async begin(): Promise<void> {
    await this.#start()
    await until(() => this.#client?.state.status === 'live', `${this.#device} is live`, {
      limitMs: START_LIMIT_MS,
    })
  }

  /** Until the world is quiet and this app is settled; it stays connected then. */
  async live(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const until = performance.now() + between(this.#random, ...LIFE_MS)
      while (!isOver() && (performance.now() < until || !this.#world.busy)) {
        if (this.#world.busy) this.#do()
        await pause(this.#world.busy ? -Math.log(1 - this.#random()) * this.#everyMs : this.#everyMs)
      }
      if (isOver()) return
      await this.leave()
      await this.#start()
    }
  }

  async leave(): Promise<void> {
    const client = this.#client
    if (client === null) return
    this.#client = null
    await client.stop()
    this.#world.book.write({ type: 'left', client: this.#name })
  }

  async #start(): Promise<void> {
    const { book } = this.#world
    const name = `${this.#device}-${++this.#lives}`
    this.#name = name
    const client = new WeftClient({
      url: oneOf(this.#random, this.#world.edges).url,
      device: this.#device,
      store: this.#store,
      auth: async () => this.#world.token(this.#user),
      limits: LIMITS,
    })
    client.on('message', ({ channel, seq, cid, from, body }) => {
      if (this.#client !== client) return
      if (!this.#channels.includes(channel)) return
      if (seq > (this.#told.get(channel) ?? 0)) this.#told.set(channel, seq)
      book.write({
        type: 'told',
        client: name,
        user: this.#user,
        channel,
        seq,
        cid,
        from,
        text: textOf(body),
      })
    })
    this.#client = client
    await client.start()
  }

  #do(): void {
    const client = this.#client
    if (client === null || client.outbox.list.filter(({ status }) => status !== 'acked').length >= OUTBOX_MAX)
      return
    const { book } = this.#world
    const [user, name] = [this.#user, this.#name]
    const channel = this.#world.pick(this.#user, this.#random)
    const text = `${this.#device} ${++this.#sent}`
    const { cid, acked } = client.send(channel, text)
    book.write({ type: 'wanted', client: name, user, channel, cid, text })
    acked.then(
      ({ seq }) => {
        this.#world.stands(channel, seq)
        // A life that is over tells its app nothing more.
        if (this.#name === name && this.#client === client)
          book.write({ type: 'sent', client: name, user, channel, cid, seq })
      },
      () => {
        // The app is told that it failed or that its life is over: nothing was promised.
      },
    )
  }
}
