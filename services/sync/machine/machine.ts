import { z } from 'zod'
import type { SILENT } from '../../../shared/fabric/call.ts'
import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { Pack } from '../../../shared/fabric/pack.ts'
import {
  MAX_COMMAND_BYTES,
  type PackPlan,
  type PartitionMachine,
  type TenureInfo,
} from '../../../shared/fabric/partition-log/machine.ts'
import type { UserArea } from '../../../shared/fabric/user-requests.ts'
import type { PassingEvent } from '../../../shared/fabric/wire/passing.ts'
import type { RegisterRequest, RegisterResponse } from '../../../shared/fabric/wire/register.ts'
import type { Log } from '../../../shared/log/log.ts'
import type { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, DeviceId, EdgeId, SessionId, UserId } from '../../../shared/protocol/ids.ts'
import { Bundles, weightOf } from './bundles.ts'
import { Asked, type Reply, type SyncCommand } from './commands.ts'
import { Edges } from './edges.ts'
import { epochOf } from './epoch.ts'
import type { SyncLimits } from './limits.ts'
import { Marks, markEntry } from './marks.ts'
import { EventMemory, type HeldDelivery } from './memory.ts'
import { planOwn } from './own-commands.ts'
import { Receipts } from './receipts.ts'
import { missedEvents, registerAll } from './register.ts'
import { recallRecords, replayRecords } from './replay.ts'
import { stateKey, Users, userEntry } from './users.ts'

/** Where the machine's messages go. */
export type Outlet = {
  readonly toEdge: (edge: EdgeId, bytes: Uint8Array) => void
  readonly toLogOwner: (logPartition: number, term: number, bytes: Uint8Array) => void
}

export type SyncMachineOptions = {
  readonly partition: number
  readonly limits: SyncLimits
  readonly outlet: Outlet
  /** Monotonic ms. */
  readonly now: () => number
  /** Opens the partition to its callers for the tenure; returns the way to close it again. */
  readonly open: (machine: SyncMachine, tenure: TenureInfo) => () => void
  readonly submit: (command: SyncCommand) => void
  readonly log: Log
}

const metaEntry = z.object({ meta: z.base64(), pack: z.number().int() })
const snapshotEntry = z.union([userEntry, metaEntry, markEntry])

type Staged = {
  readonly event: HeldEvent
  readonly deliveries: readonly HeldDelivery[]
}

/**
 * One SYNC partition: its users' queues, the sessions that wait for them, and how far each LOG partition was taken in.
 * Numbers are given when a pack is planned; everything that is answered or sent speaks only of what is committed.
 */
export class SyncMachine implements PartitionMachine<SyncCommand> {
  readonly #options: SyncMachineOptions
  readonly #users = new Users()
  readonly #marks = new Marks(this.#users)
  readonly #memory: EventMemory
  readonly #bundles: Bundles
  readonly receipts: Receipts
  readonly #asked = new Asked()
  #edges: Edges | null = null
  #tenure: TenureInfo | null = null
  #close: () => void = () => {}
  /** Events of the pack being made, in its order. */
  #staged: Staged[] = []
  /** The newest pack whose events are in the queues. */
  #shown = 0

  constructor(options: SyncMachineOptions) {
    this.#options = options
    this.receipts = new Receipts(options.limits.receiptEveryMs)
    this.#memory = new EventMemory(options.limits)
    this.#bundles = new Bundles(this.#users, this.#marks, options.log)
  }

  // --- take-over ---

  restore(entry: unknown): void {
    const parsed = snapshotEntry.parse(entry)
    // A snapshot only stands once the store holds every pack in it.
    this.confirm(parsed.pack)
    if ('meta' in parsed) this.#bundles.intake.restore(Buffer.from(parsed.meta, 'base64'))
    else if ('marked' in parsed) this.#marks.restore(parsed)
    else this.#users.restore(parsed)
  }

  recall(pack: Pack): void {
    recallRecords(pack, this.#users, this.#memory)
  }

  replay(pack: Pack): void {
    this.#bundles.intake.restore(pack.meta)
    if (pack.kind === 'records') replayRecords(pack, this.#users, this.#marks, this.#memory)
  }

  begin(tenure: TenureInfo): void {
    const { limits, now, outlet, open } = this.#options
    this.#users.restored()
    this.#marks.restored()
    this.#tenure = tenure
    this.#shown = tenure.committed()
    const { partition, term } = tenure
    this.#edges = new Edges({
      address: { partition, term },
      send: outlet.toEdge,
      now,
      silenceMs: limits.edgeSilenceMs,
    })
    this.#close = open(this, tenure)
  }

  end(): void {
    this.#close()
    this.#asked.silence()
    this.#tenure = null
  }

  // --- commits ---

  /** Submits a command and waits for its outcome; SILENT if the tenure ended meanwhile. */
  ask<Answer>(make: (reply: Reply<Answer>) => SyncCommand): Promise<Answer | typeof SILENT> {
    return this.#asked.ask((reply: Reply<Answer>) => this.#options.submit(make(reply)))
  }

  weigh(command: SyncCommand): number {
    return command.type === 'bundle' ? weightOf(command.bundle) : MAX_COMMAND_BYTES
  }

  plan(command: SyncCommand, pack: PackPlan): void {
    const stage = (event: HeldEvent, deliveries: readonly HeldDelivery[]) => {
      this.#staged.push({ event, deliveries })
    }
    if (command.type === 'bundle') this.#bundles.plan(command.bundle, pack, stage)
    else if (command.type === 'heads') {
      const unknown = this.#marks.plan(command.marks, pack)
      pack.committed(() => command.reply.done({ unknown }))
    } else {
      const { partition } = this.#options
      planOwn(command, pack, { users: this.#users, receipts: this.receipts, partition, stage })
    }
  }

  meta(): Uint8Array {
    return this.#bundles.intake.encode()
  }

  refuse(command: SyncCommand, error: WeftError): void {
    // A bundle without an answer comes again: its sender has it in its log.
    if (command.type !== 'bundle') command.reply.failed(error)
  }

  flush(): void {
    const tenure = this.#tenure
    const edges = this.#edges
    if (tenure === null || edges === null) return
    const speaks = tenure.valid()
    for (const { event, deliveries } of this.#staged) {
      this.#memory.keep(event, deliveries)
      const { json } = event
      if (speaks && json !== null) for (const { queue, n } of deliveries) edges.deliver(queue, n, json)
    }
    this.#staged = []
    this.#shown = tenure.committed()
    if (speaks) this.#marks.pass(edges, this.#options.now())
    edges.flush()
    for (const { logPartition, term, bytes } of this.#bundles.answers(tenure))
      if (speaks) this.#options.outlet.toLogOwner(logPartition, term, bytes)
  }

  hasRoom(): boolean {
    return this.#memory.hasRoom()
  }

  *snapshot(): Generator {
    const planned = () => this.#tenure?.planned() ?? 0
    yield { meta: Buffer.from(this.meta()).toString('base64'), pack: planned() }
    yield* this.#users.snapshot(planned)
    yield* this.#marks.snapshot(planned)
  }

  released(pack: number): boolean {
    return this.#memory.confirmed >= pack
  }

  // --- what its callers ask ---

  /** The events that a request will need and that are still sealed. */
  *sealedIn(request: RegisterRequest): Generator<HeldEvent> {
    for (const { event } of missedEvents(this.#place(), request)) if (event.json === null) yield event
  }

  /** Null if the edge that asks is gone (a newer incarnation of it is known). */
  register(request: RegisterRequest): RegisterResponse | null {
    const place = this.#place()
    const link = place.edges.link(request.edge, request.incarnation)
    if (link === null) return null
    const results = registerAll(place, request, link)
    return { term: place.term, number: link.number, results }
  }

  unregister(
    edge: EdgeId,
    incarnation: number,
    sessions: readonly { session: SessionId; user: UserId; device: DeviceId }[],
  ): void {
    const { edges } = this.#place()
    const link = edges.link(edge, incarnation)
    if (link === null) return
    for (const { session, user, device } of sessions) {
      const queue = this.#users.find(user)
      if (queue !== undefined) edges.detach({ session, queue, device }, link)
    }
  }

  /** An event of `sealedIn` gets its JSON: that which may be told. */
  open(event: HeldEvent, json: Uint8Array): void {
    this.#memory.deletions.open(event, json)
  }

  lacksProfile(user: UserId): boolean {
    return this.#users.find(user)?.hasProfile !== true
  }

  head(user: UserId): {
    epoch: string
    n: number
    pack: number
    partition: number
    logs: { partition: number; pack: number }[]
  } {
    const { lineage, partition } = this.#serving()
    const n = this.#users.find(user)?.head ?? 0
    const logs = this.#bundles.intake.wholePacks()
    return { epoch: epochOf(lineage, user), n, pack: this.#shown, partition, logs }
  }

  /** Read marks that stand and that the store may not have. */
  recentReads(user: UserId): { channel: ChannelId; seq: number }[] {
    const reads = this.#users.find(user)?.reads ?? []
    return [...reads].flatMap(([channel, { seq, pack }]) => (pack <= this.#shown ? [{ channel, seq }] : []))
  }

  /** Rows of a user's state that stand and that the store may not have; null = taken away. */
  recentState(user: UserId, area: UserArea): Map<string, string | null> {
    const prefix = stateKey(area, '')
    const rows = this.#users.find(user)?.state ?? []
    return new Map(
      [...rows].flatMap(([key, { value, pack }]) =>
        pack <= this.#shown && key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
      ),
    )
  }

  readMark(user: UserId, channel: ChannelId): number | undefined {
    return this.#users.find(user)?.reads?.get(channel)?.seq
  }

  received(user: UserId, device: DeviceId, epoch: string, n: number): void {
    const queue = this.#users.find(user)
    if (queue === undefined || n > queue.head || epoch !== epochOf(this.#serving().lineage, user)) return
    queue.received ??= new Map()
    const before = queue.received.get(device) ?? 0
    let held = 0
    for (const reached of queue.received.values()) held = Math.max(held, reached)
    for (let at = Math.max(held + 1, queue.oldest); at <= n; at++) {
      const json = queue.at(at)?.json
      // What is still sealed since a take-over is told of with the next message.
      if (json !== null && json !== undefined) this.receipts.holds(user, json)
    }
    // The device heard last stands last, so that the first is the one to forget.
    queue.received.delete(device)
    queue.received.set(device, Math.max(before, n))
    const oldest = queue.received.keys().next()
    if (queue.received.size > this.#options.limits.devicesPerUser && !oldest.done)
      queue.received.delete(oldest.value)
  }

  /** Events that are kept nowhere: to the live sessions of their recipients, or to nobody. */
  pass(events: readonly PassingEvent[]): void {
    const edges = this.#edges
    if (edges === null || this.#tenure?.valid() !== true) return
    for (const { json, recipients } of events) {
      for (const user of recipients) {
        const queue = this.#users.find(user)
        if (queue !== undefined) edges.pass(queue, json)
      }
    }
    edges.flush()
  }

  /** How far a device has said that it holds its user's queue; 0 if it hasn't. */
  receivedBy(user: UserId, device: DeviceId): number {
    return this.#users.find(user)?.received?.get(device) ?? 0
  }

  /** The store holds every pack up to this one. */
  confirm(pack: number): void {
    this.#memory.confirm(pack)
    this.#users.confirm(pack)
  }

  edgeAlive(edge: EdgeId, incarnation: number): void {
    this.#edges?.alive(edge, incarnation)
  }

  /** Once a second: edges hear the number of the last message; those that fell silent lose their sessions. */
  beat(): void {
    this.#edges?.sweep()
    if (this.#edges === null || this.#tenure?.valid() !== true) return
    this.#marks.pass(this.#edges, this.#options.now())
    this.#edges.flush()
    this.#edges.beat()
  }

  stats(): { users: number; sessions: number; memoryBytes: number } {
    return {
      users: this.#users.size,
      sessions: this.#edges?.sessions ?? 0,
      memoryBytes: this.#memory.bytes,
    }
  }

  #serving(): TenureInfo {
    if (this.#tenure === null) throw new Error('asked outside of a tenure')
    return this.#tenure
  }

  #place() {
    const { lineage, term } = this.#serving()
    const edges = this.#edges
    if (edges === null) throw new Error('asked outside of a tenure')
    return {
      users: this.#users,
      marks: this.#marks,
      edges,
      term,
      epochOf: (user: UserId) => epochOf(lineage, user),
    }
  }
}
