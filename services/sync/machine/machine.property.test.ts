import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seal, unseal } from '../../../shared/fabric/keyring.ts'
import { decodePack } from '../../../shared/fabric/pack.ts'
import { endOfPack, type Position, START } from '../../../shared/fabric/position.ts'
import type { BundleEvent } from '../../../shared/fabric/wire/bundle.ts'
import type { EdgeBatch } from '../../../shared/fabric/wire/edge-batch.ts'
import type { RegisterEntry } from '../../../shared/fabric/wire/register.ts'
import { decodeSyncRecord, type EventBody } from '../../../shared/fabric/wire/sync-record.ts'
import {
  type ChannelId,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { epochOf } from './epoch.ts'
import { Harness } from './harness.ts'

const USERS = ['ann', 'bob', 'cem', 'dee'].map((id) => trusted<UserId>(id))
const EDGES = ['e0', 'e1'].map((id) => trusted<EdgeId>(id))
const SEALER = trusted<UserId>('ann')
const KEY = createSecretKey(Buffer.alloc(32, 7))
const SOURCE_LINEAGE = 9
const BIG_BYTES = 90 * 1024

const textOf = (body: EventBody): string =>
  Buffer.from(body.kind === 'clear' ? body.json : unseal(KEY, body.sealed)).toString()

type Place = { readonly item: number; readonly slice: number }

/** A LOG partition: what it has committed, and the bundles that its owner may cut of it. */
class Source {
  readonly partition: number
  readonly items: {
    readonly pack: number
    readonly record: number
    readonly isLast: boolean
    readonly event: BundleEvent
  }[] = []
  #packs = 0

  constructor(partition: number) {
    this.partition = partition
  }

  append(events: readonly (readonly UserId[])[], isSealed: boolean, isBig: boolean): void {
    this.#packs++
    events.forEach((recipients, record) => {
      const id = `${this.partition}.${this.#packs}.${record}`
      const json = Buffer.from(JSON.stringify({ kind: 'test', id, pad: isBig ? 'x'.repeat(BIG_BYTES) : '' }))
      const event = { json, sealed: isSealed ? seal(KEY, SEALER, json) : null, recipients }
      this.items.push({ pack: this.#packs, record, isLast: record === events.length - 1, event })
    })
  }

  positionOf({ item, slice }: Place): Position {
    const here = this.items[item]
    if (slice > 0 && here !== undefined)
      return { lineage: SOURCE_LINEAGE, pack: here.pack, record: here.record, slice }
    const before = this.items[item - 1]
    if (before === undefined) return START
    return before.isLast
      ? endOfPack(SOURCE_LINEAGE, before.pack)
      : { lineage: SOURCE_LINEAGE, pack: before.pack, record: before.record + 1, slice: 0 }
  }

  placeOf(position: Position): Place {
    if (position.pack === 0) return { item: 0, slice: 0 }
    const item = this.items.findIndex(
      ({ pack, record }) => pack > position.pack || (pack === position.pack && record >= position.record),
    )
    return { item: item === -1 ? this.items.length : item, slice: position.slice }
  }

  /** From a place on, `count` items, the last of them only up to `slice` of its recipients (0 = wholly). */
  bundle(from: Place, count: number, slice: number) {
    const events: BundleEvent[] = []
    const end = Math.min(this.items.length, from.item + count)
    let to: Place = from
    for (let item = from.item; item < end; item++) {
      const event = this.items[item]?.event
      if (event === undefined) break
      const start = item === from.item ? from.slice : 0
      const isCut = item === end - 1 && slice > start && slice < event.recipients.length
      const stop = isCut ? slice : event.recipients.length
      events.push({ ...event, recipients: event.recipients.slice(start, stop) })
      to = isCut ? { item, slice: stop } : { item: item + 1, slice: 0 }
    }
    return {
      type: 'bundle' as const,
      bundle: {
        logPartition: this.partition,
        term: 1,
        previous: this.positionOf(from),
        position: this.positionOf(to),
        events,
      },
      to,
    }
  }
}

type Client = {
  readonly user: UserId
  readonly device: DeviceId
  edge: number
  session: number
  n: number | null
  live: boolean
  seen: Map<number, string>
}

/** Everything around the machine: LOG owners, edges and their clients, the store. */
class World {
  readonly harness = new Harness({ limits: { eventsPerUser: 4, memoryBytes: 1_500 } })
  readonly sources = [new Source(0), new Source(1)]
  readonly clients: Client[] = USERS.flatMap((user, u) =>
    [0, 1].map((d) => ({
      user,
      device: trusted<DeviceId>(`d${d}`),
      edge: (u + d) % EDGES.length,
      session: 1,
      n: null,
      live: false,
      seen: new Map<number, string>(),
    })),
  )
  readonly #edges = EDGES.map(() => ({ term: 0, number: 0 }))
  readonly #sent: Place[] = this.sources.map(() => ({ item: 0, slice: 0 }))
  #confirmed = 0
  #heard = 0
  #answered = 0
  #lose = false

  /** Takes in what the machine has sent since. */
  settle(): void {
    for (; this.#answered < this.harness.answers.length; this.#answered++) {
      const answer = this.harness.answers[this.#answered]
      const source = this.sources[answer?.logPartition ?? 0]
      if (answer?.bundled.refused === true && source !== undefined)
        this.#sent[source.partition] = source.placeOf(answer.bundled.position)
    }
    for (; this.#heard < this.harness.batches.length; this.#heard++) {
      const sent = this.harness.batches[this.#heard]
      if (sent === undefined) continue
      if (this.#lose) this.#lose = false
      else this.#hear(EDGES.indexOf(sent.edge), sent.batch)
    }
  }

  loseNext(): void {
    this.#lose = true
  }

  send(s: number, mode: 'on' | 'again' | 'anywhere', at: number, count: number, slice: number): void {
    const source = this.sources[s]
    const sent = this.#sent[s]
    if (source === undefined || sent === undefined) return
    const from =
      mode === 'on'
        ? sent
        : mode === 'again'
          ? source.placeOf(this.#durable(s))
          : { item: Math.min(at, source.items.length), slice: 0 }
    const { to, ...command } = source.bundle(from, count, slice)
    this.harness.submit(command)
    if (mode !== 'anywhere') this.#sent[s] = to
  }

  confirm(): void {
    this.#confirmed = this.harness.packs.length
    this.harness.confirm(this.#confirmed)
  }

  crash(stands: boolean): void {
    this.harness.crash(stands)
    // The store goes on saying how far it is.
    this.harness.confirm(this.#confirmed)
  }

  /** A client (again) asks for its queue, until it is live. */
  register(client: Client, { isNew, back }: { isNew: boolean; back: number }): void {
    this.settle()
    if (isNew) client.session++
    if (client.n !== null && back > 0) this.#forget(client, Math.max(0, client.n - back))
    for (let turn = 0; turn < 1_000; turn++) {
      const { status, head, events } = this.#ask(client)
      expect(['live', 'page', 'store']).toContain(status)
      client.n ??= head
      for (const { n, json } of events) this.#take(client, n, Buffer.from(json).toString())
      if (status === 'live') {
        expect(client.n).toBe(head)
        client.live = true
        return
      }
      if (status === 'store') {
        const stored = this.#queueOf(client.user, this.#confirmed)
        expect(stored.length).toBeGreaterThan(client.n)
        for (let n = client.n + 1; n <= stored.length; n++) this.#take(client, n, stored[n - 1] ?? '')
      }
    }
    throw new Error('never live')
  }

  /** A cursor of another user, and one from the future. */
  registerBadly(client: Client): void {
    const other = USERS[(USERS.indexOf(client.user) + 1) % USERS.length] ?? SEALER
    const head = this.harness.machine.head(client.user).n
    for (const cursor of [
      { epoch: epochOf(this.harness.lineage, other), n: 0 },
      { epoch: epochOf(this.harness.lineage + 1, client.user), n: 0 },
      { epoch: epochOf(this.harness.lineage, client.user), n: head + 1 },
    ])
      expect(this.#ask(client, cursor).status).toBe('epoch')
  }

  read(user: UserId, seq: number): void {
    const channel = trusted<ChannelId>('c1')
    const reply = { done: () => {}, failed: () => {} }
    this.harness.submit({ type: 'read', user, channel, seq, floor: 0, reply })
  }

  /** All that is outstanding is delivered; then everyone must hold the same, and all of it. */
  finish(): void {
    this.harness.commit()
    this.settle()
    for (let s = 0; s < this.sources.length; s++) {
      // Twice: the first may be refused, and tells from where it must be.
      for (let turn = 0; turn < 2; turn++) {
        this.send(s, 'again', 0, Number.POSITIVE_INFINITY, 0)
        this.harness.commit()
        this.settle()
      }
    }
    // Betrays a message that was lost; the directory tells of an owner that had nothing to say yet.
    this.#lose = false
    this.harness.machine.beat()
    this.settle()
    for (const client of this.clients) {
      const isOfTerm = this.#edges[client.edge]?.term === this.harness.term
      if (!client.live || !isOfTerm) this.register(client, { isNew: true, back: 0 })
      const queue = this.#queueOf(client.user, this.harness.packs.length)
      expect(client.n).toBe(queue.length)
      for (const [n, text] of client.seen) expect(text).toBe(queue[n - 1])
    }
    for (const user of USERS) {
      const queue = this.#queueOf(user, this.harness.packs.length)
      for (const source of this.sources) {
        const expected = source.items
          .filter(({ event }) => event.recipients.includes(user))
          .map(({ event }) => Buffer.from(event.json).toString())
        const found = queue.filter((text) => text.includes(`"id":"${source.partition}.`))
        expect(found).toEqual(expected)
      }
    }
  }

  #durable(s: number): Position {
    const newest = this.harness.answers.findLast(({ logPartition }) => logPartition === s)
    return newest?.bundled.position ?? START
  }

  #forget(client: Client, n: number): void {
    for (const known of client.seen.keys()) if (known > n) client.seen.delete(known)
    client.n = n
    client.live = false
  }

  #take(client: Client, n: number, text: string): void {
    expect(n).toBe((client.n ?? 0) + 1)
    client.n = n
    client.seen.set(n, text)
  }

  #ask(client: Client, cursor?: { epoch: string; n: number }) {
    const { machine, lineage } = this.harness
    const epoch = epochOf(lineage, client.user)
    const entry: RegisterEntry = {
      session: this.#sessionOf(client),
      user: client.user,
      device: client.device,
      handle: USERS.indexOf(client.user),
      since: client.session,
      cursor: cursor ?? (client.n === null ? null : { epoch, n: client.n }),
      name: null,
    }
    const request = { edge: EDGES[client.edge] ?? trusted<EdgeId>(''), incarnation: 1, entries: [entry] }
    for (const event of machine.sealedIn(request))
      if (event.sealed !== null) machine.open(event, unseal(KEY, event.sealed))
    const response = machine.register(request)
    const result = response?.results[0]
    if (response === null || result === undefined) throw new Error('no answer')
    this.settle()
    this.#obey(client.edge, response.term, response.number)
    return result
  }

  #sessionOf = ({ user, device, session }: Client) => trusted<SessionId>(`${user}-${device}-${session}`)

  /** What an edge does with a term and a number that it didn't expect: all of its sessions must ask again. */
  #obey(e: number, term: number, number: number): boolean {
    const edge = this.#edges[e]
    if (edge === undefined || term < edge.term) return false
    if (term > edge.term || number !== edge.number) {
      for (const client of this.clients) if (client.edge === e) client.live = false
      edge.term = term
      edge.number = number
    }
    return true
  }

  #hear(e: number, batch: EdgeBatch): void {
    const expected = this.#edges[e]
    if (expected === undefined) return
    const isNext = batch.term === expected.term && batch.number === expected.number + 1 && !batch.beat
    if (isNext) expected.number = batch.number
    else if (!this.#obey(e, batch.term, batch.number)) return
    for (const session of batch.replaced)
      for (const client of this.clients) if (this.#sessionOf(client) === session) client.live = false
    for (const { json, to } of batch.events) {
      for (const { handle, n } of to) {
        const user = USERS[handle]
        for (const client of this.clients)
          if (client.live && client.edge === e && client.user === user)
            this.#take(client, n, Buffer.from(json).toString())
      }
    }
  }

  /** The queue as it stands in the log up to a pack; throws where its numbers aren't 1, 2, 3, … */
  #queueOf(user: UserId, upTo: number): string[] {
    const queue: string[] = []
    for (const bytes of this.harness.packs.slice(0, upTo)) {
      const pack = decodePack(bytes)
      if (pack.kind === 'take-over') continue
      for (const record of pack.records.map(decodeSyncRecord)) {
        if (record.type !== 'event') continue
        for (const delivery of record.deliveries) {
          if (delivery.user !== user) continue
          expect(delivery.n).toBe(queue.length + 1)
          queue.push(textOf(record.body))
        }
      }
    }
    return queue
  }
}

const recipients = fc.subarray(USERS, { minLength: 1 })
const source = fc.nat({ max: 1 })
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      source,
      events: fc.array(recipients, { minLength: 1, maxLength: 3 }),
      isSealed: fc.boolean(),
      size: fc.nat({ max: 19 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      source,
      mode: fc.constantFrom('on' as const, 'on' as const, 'again' as const, 'anywhere' as const),
      at: fc.nat({ max: 8 }),
      count: fc.nat({ max: 4 }),
      slice: fc.nat({ max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      client: fc.nat({ max: 7 }),
      isNew: fc.boolean(),
      back: fc.nat({ max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bad' as const), client: fc.nat({ max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), client: fc.nat({ max: 7 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      user: fc.constantFrom(...USERS),
      seq: fc.nat({ max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('confirm' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), stands: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beat' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function take(world: World, move: Step): void {
  const { harness } = world
  if (move.do === 'append') {
    world.sources[move.source]?.append(move.events, move.isSealed, move.size === 0)
  } else if (move.do === 'send') world.send(move.source, move.mode, move.at, move.count, move.slice)
  else if (move.do === 'start') harness.startCommit()
  else if (move.do === 'finish') harness.finishCommit()
  else if (move.do === 'confirm') world.confirm()
  else if (move.do === 'snapshot') harness.takeSnapshot()
  else if (move.do === 'crash') world.crash(move.stands)
  else if (move.do === 'lose') world.loseNext()
  else if (move.do === 'beat') harness.machine.beat()
  else if (move.do === 'read') world.read(move.user, move.seq)
  else {
    const client = world.clients[move.client]
    if (client === undefined) return
    if (move.do === 'bad') world.registerBadly(client)
    else if (move.do === 'register') world.register(client, move)
    else {
      client.edge = 1 - client.edge
      client.live = false
      world.register(client, { isNew: true, back: 0 })
    }
  }
  world.settle()
}

test('whatever happens, each queue is dense, holds each event once, and reaches every session without a seam', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const world = new World()
      for (const move of steps) take(world, move)
      world.finish()
    }),
    { numRuns: Number(process.env['WEFT_PROPERTY_RUNS'] ?? 250) },
  )
})
