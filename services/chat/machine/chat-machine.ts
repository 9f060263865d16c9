import { fromJson } from '../../../shared/fabric/call.ts'
import { cidLookup, confirmedShape, edgeAliveShape } from '../../../shared/fabric/calls.ts'
import type { Pack } from '../../../shared/fabric/pack.ts'
import {
  MAX_COMMAND_BYTES,
  type PackPlan,
  type PartitionMachine,
  type TenureInfo,
} from '../../../shared/fabric/partition-log/machine.ts'
import type { SnapshotPart } from '../../../shared/fabric/partition-log/snapshots.ts'
import { PassingOutbox } from '../../../shared/fabric/passing-outbox.ts'
import { type PartitionRef, subjects } from '../../../shared/fabric/registry.ts'
import { decodeBundled } from '../../../shared/fabric/wire/bundle.ts'
import {
  decodeChatBatch,
  encodeAnswers,
  type SendAnswer,
  type SendCommand,
} from '../../../shared/fabric/wire/chat-batch.ts'
import { decodeTyping } from '../../../shared/fabric/wire/typing.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { toWeftError, unavailable, type WeftError } from '../../../shared/protocol/errors.ts'
import type { EdgeId, UserId } from '../../../shared/protocol/ids.ts'
import type { ChatContext } from '../context.ts'
import { serveCalls } from '../subjects/index.ts'
import { parentInMemory, parentOf } from '../subjects/parent.ts'
import { Admission, type Prepared } from './admission.ts'
import { BatchOrder } from './batch-order.ts'
import type { BansEntry, ChannelEntry, MembersEntry } from './channel.ts'
import { checkAgainstSync } from './check-sync.ts'
import type { CidEntry } from './cids.ts'
import type { ChatCommand, Send } from './commands.ts'
import { Heads } from './heads.ts'
import { BundleOutbox, type OutboxItem } from './outbox.ts'
import { planCreate, planDeleteMember, planPutMember } from './plan-change.ts'
import { planExpire } from './plan-expire.ts'
import { planReceipts } from './plan-receipts.ts'
import { planSend } from './plan-send.ts'
import { Refusals } from './refusals.ts'
import { recallPack, replayPack } from './replay.ts'
import { planRequest } from './requests/index.ts'
import { ChatState } from './state.ts'
import { Typing } from './typing.ts'

/** How often edges hear the number of the last message of open channels (ms). */
const BEAT_MS = 1_000
const NO_META = new Uint8Array(0)
/** A message's record beside its content, at the most: its ids twice (64 bytes each), numbers, JSON's names, the seal. */
const SEND_BYTES = 1_024
const LOST = unavailable('a send before this one was lost on its way: send it again')
/** Far below the largest message, refusals with their texts included. */
const ANSWERS_A_MESSAGE = 2_000
const sends = counter('weft_chat_sends_total', 'Sends by how they were answered', ['outcome'])
const acked = sends.labels('ack')

/** The owner of one LOG partition: channels, their messages' order, and what follows from them for the queues. */
export class ChatMachine implements PartitionMachine<ChatCommand> {
  readonly state: ChatState
  readonly #context: ChatContext
  readonly #ref: PartitionRef
  readonly #submit: (command: ChatCommand) => void
  readonly #admission: Admission
  readonly #refusals = new Refusals()
  readonly #order = new BatchOrder()
  readonly #partitionOf: (user: UserId) => number
  /** Remade at take-over, for the outboxes to begin with. */
  readonly #remade = new Map<number, OutboxItem[]>()
  readonly #outboxes = new Map<number, BundleOutbox>()
  readonly #answers = new Map<EdgeId, SendAnswer[]>()
  readonly typing: Typing
  #stops: (() => void)[] = []
  #tenure: TenureInfo | null = null
  #confirmed = 0

  constructor(context: ChatContext, ref: PartitionRef, submit: (command: ChatCommand) => void) {
    this.#context = context
    this.#ref = ref
    this.#submit = submit
    this.state = new ChatState(context.config.tailBytes)
    this.#partitionOf = (user) => context.directory.partitionOf('sync', user)
    const passing = new PassingOutbox(context.fabric, context.directory)
    this.typing = new Typing(this.state, this.#partitionOf, passing)
    this.#admission = new Admission({
      ready: (command) => this.#ready(command),
      prepare: (command) => this.#prepare(command),
      submit: (send) => this.#submit(send),
      refuse: (waiting, error) => this.#refuseSend(waiting.edge, waiting.command, error),
    })
  }

  get tenure(): TenureInfo {
    if (this.#tenure === null) throw new Error('this tenure has not begun')
    return this.#tenure
  }

  restore(entry: unknown): void {
    // Snapshots are this machine's own words, written through `snapshot` below.
    const known = entry as ChannelEntry | MembersEntry | BansEntry | CidEntry
    if (known.t === 'channel' || known.t === 'members' || known.t === 'bans') this.state.restore(known)
    else this.state.cids.restore(known)
  }

  recall(pack: Pack): void {
    recallPack(pack, this.state)
  }

  replay(pack: Pack): void {
    replayPack(pack, this.state, this.#partitionOf, (partition, item) => {
      const items = this.#remade.get(partition)
      if (items === undefined) this.#remade.set(partition, [item])
      else items.push(item)
    })
  }

  checkEnd(end: { readonly lineage: number; readonly pack: number }): Promise<void> {
    const { fabric, directory, log } = this.#context
    return checkAgainstSync(
      fabric,
      directory.partitions.sync,
      { partition: this.#ref.partition, ...end },
      log,
    )
  }

  begin(tenure: TenureInfo): void {
    this.#tenure = tenure
    const { fabric, directory, log } = this.#context
    const { region, partition } = this.#ref
    for (let sync = 0; sync < directory.partitions.sync; sync++)
      this.#outboxes.set(sync, this.#makeOutbox(sync, tenure))
    this.#remade.clear()
    const listen = (subject: string, handle: (bytes: Uint8Array) => void) => {
      this.#stops.push(fabric.post.listen(subject, log, handle))
    }
    this.state.live.begin({ partition, term: tenure.term }, (edge, bytes) =>
      fabric.post.send(subjects.live(region, edge), bytes),
    )
    const heads = new Heads({
      directory,
      log,
      channels: this.state.channels.values(),
      valid: tenure.valid,
      isBehind: (sync) => (this.#outboxes.get(sync)?.bytes ?? 0) > 0,
    })
    this.state.live.onMoved = (channel) => heads.moved(channel)
    const beat = setInterval(() => this.state.live.beat(tenure.valid()), BEAT_MS)
    listen(subjects.chatIn(region, partition, tenure.term), (data) => this.#onBatch(data))
    listen(subjects.typing(region, partition, tenure.term), (data) => {
      if (tenure.valid()) this.typing.take(decodeTyping(data))
    })
    listen(subjects.bundled(region, partition, tenure.term), (data) => {
      const answer = decodeBundled(data)
      this.#outboxes.get(answer.syncPartition)?.answered(answer)
    })
    const stopFollowing = fabric.post.follow(subjects.confirmed(this.#ref), log, (data) =>
      this.#onConfirmed(confirmedShape.parse(fromJson(data)).pack),
    )
    const stopListening = directory.onOwner((kind, changed) => {
      if (kind === 'sync') this.#outboxes.get(changed)?.ownerChanged()
    })
    const stopSigns = fabric.post.follow(subjects.edgeAlive(region), log, (data) => {
      const { edge, incarnation } = edgeAliveShape.parse(fromJson(data))
      this.state.live.edgeAlive(edge, incarnation)
    })
    this.#stops.push(
      () => clearInterval(beat),
      () => heads.end(),
      stopSigns,
      stopFollowing,
      stopListening,
      ...serveCalls(this.#context, this.#ref, this, this.#submit),
    )
  }

  weigh(command: ChatCommand): number {
    return command.type === 'send' ? command.command.content.length + SEND_BYTES : MAX_COMMAND_BYTES
  }

  plan(command: ChatCommand, pack: PackPlan): void {
    try {
      if (command.type === 'send') this.#planSend(command, pack)
      else {
        const planning = {
          pack,
          state: this.state,
          partition: this.#ref.partition,
          partitionOf: this.#partitionOf,
          to: this.#to,
          fanoutReadMembers: this.#context.config.fanoutReadMembers,
          membersMax: this.#context.config.membersMax,
        }
        if (command.type === 'receipts') {
          const off = planReceipts(command.entries, this.#context.config.receiptsMembers, planning)
          pack.committed(() => command.resolve({ off }))
        } else if (command.type === 'expire') {
          const written = planExpire(command.entries, planning)
          pack.committed(() => command.resolve({ pack: pack.number, written }))
        } else if (command.type === 'create') planCreate(command, planning)
        else if (command.type === 'put-member') planPutMember(command, planning)
        else if (command.type === 'delete-member') planDeleteMember(command, planning)
        else planRequest(command, planning)
      }
    } catch (error) {
      // A refusal is thrown before anything was changed.
      this.refuse(command, toWeftError(error))
    }
  }

  meta(): Uint8Array {
    return NO_META
  }

  refuse(command: ChatCommand, error: WeftError): void {
    if (command.type === 'send') this.#refuseSend(command.edge, command.command, error)
    else command.reject(error)
  }

  flush(): void {
    if (!this.tenure.valid()) return
    this.#flushAnswers()
    this.state.live.flush()
    for (const outbox of this.#outboxes.values()) outbox.pump()
  }

  hasRoom(): boolean {
    if (this.state.tail.full) return false
    const { config } = this.#context
    let backlogBytes = 0
    for (const outbox of this.#outboxes.values()) {
      // What is acked has to reach people too: acks that run ahead of the queues only make everything late.
      if (outbox.lagMs() > config.maxWaitMs) return false
      backlogBytes += outbox.bytes
    }
    return backlogBytes < config.backlogBytes
  }

  *snapshot(): Generator<ChannelEntry | MembersEntry | BansEntry | CidEntry | SnapshotPart> {
    for (const channel of this.state.channels.values()) yield* channel.toEntries(this.tenure.planned())
    yield* this.state.cids.toEntries()
  }

  released(pack: number): boolean {
    if (this.#confirmed < pack) return false
    for (const outbox of this.#outboxes.values()) if (!outbox.released(pack)) return false
    return true
  }

  end(): void {
    for (const stop of this.#stops) stop()
    this.#stops = []
    for (const outbox of this.#outboxes.values()) outbox.end()
  }

  readonly #to = (syncPartition: number, item: OutboxItem): void => {
    this.#outboxes.get(syncPartition)?.add(item)
  }

  #makeOutbox(syncPartition: number, tenure: TenureInfo): BundleOutbox {
    const { fabric, directory, keys, log } = this.#context
    const { region, partition } = this.#ref
    return new BundleOutbox(
      {
        logPartition: partition,
        syncPartition,
        term: tenure.term,
        lineage: tenure.lineage,
        keys,
        committed: tenure.committed,
        // Called as the tenure begins: its newest pack is the one of the take-over.
        endBefore: tenure.committed() - 1,
        valid: tenure.valid,
        alarm: (message, details) => log.error({ ...details, ...this.#ref, syncPartition }, message),
        send: (bytes) => {
          const term = directory.term('sync', syncPartition)
          if (term === undefined || !fabric.connected()) return false
          fabric.post.send(subjects.bundle(region, syncPartition, term), bytes)
          return true
        },
      },
      this.#remade.get(syncPartition) ?? [],
    )
  }

  #onBatch(data: Uint8Array): void {
    const batch = decodeChatBatch(data)
    if (batch.place !== null && !this.#order.take(batch.edge, batch.place)) {
      for (const command of batch.sends) this.#refuseSend(batch.edge, command, LOST, true)
      return
    }
    for (const command of batch.sends) {
      if (this.#refusals.isBehindRefused(command)) {
        this.#refuseSend(batch.edge, command, unavailable('a send before this one was refused'))
      } else {
        this.#admission.admit(batch.edge, command)
      }
    }
    this.#flushAnswers()
  }

  #planSend(send: Send, pack: PackPlan): void {
    // One refused between its arrival and now holds back this one too.
    if (this.#refusals.isBehindRefused(send.command)) throw unavailable('a send before this one was refused')
    planSend(send, pack, this.state, this.#partitionOf, (answer) => this.#answer(send.edge, answer), this.#to)
  }

  #ready(command: SendCommand): Prepared | undefined {
    const key = this.#context.keys.key(command.user)
    if (key === undefined) return undefined
    const status = this.state.cids.status(command.channel, command.user, command.cid, Date.now())
    if (status === 'ask') return undefined
    const parent = parentInMemory(this.state, command)
    return parent === 'ask' ? undefined : { key, stored: null, parent }
  }

  async #prepare(command: SendCommand): Promise<Prepared> {
    const { directory, keys } = this.#context
    // A stranger's send is refused when it is planned, and must not make a key or ask the store before.
    if (!this.state.wasMember(command.channel, command.user)) this.state.member(command.channel, command.user)
    const key = await keys.ensure(command.user)
    const { channel, user, cid } = command
    const parent = await parentOf(this.#context, this.state, command)
    if (this.state.cids.status(channel, user, cid, Date.now()) !== 'ask') return { key, stored: null, parent }
    const { found } = await directory.callStorage(cidLookup, { channel, user, cid })
    return { key, stored: found, parent }
  }

  #refuseSend(edge: EdgeId, command: SendCommand, error: WeftError, isLost = false): void {
    if (error.shouldRetry()) this.#refusals.add(command)
    const { code, message, retryAfter } = error
    const { request } = command
    this.#answer(edge, {
      request,
      ok: false,
      code,
      message,
      retryAfter: retryAfter ?? 0,
      ...(isLost ? { lost: true } : {}),
    })
    queueMicrotask(() => this.#flushAnswers())
  }

  #answer(edge: EdgeId, answer: SendAnswer): void {
    if (!answer.ok) sends.inc({ outcome: answer.code })
    else if (answer.duplicate) sends.inc({ outcome: 'duplicate' })
    else acked.inc()
    const answers = this.#answers.get(edge)
    if (answers === undefined) this.#answers.set(edge, [answer])
    else answers.push(answer)
  }

  #flushAnswers(): void {
    if (this.#answers.size === 0 || !this.tenure.valid()) return
    const { post } = this.#context.fabric
    for (const [edge, answers] of this.#answers) {
      const subject = subjects.answers(this.#ref.region, edge)
      for (let from = 0; from < answers.length; from += ANSWERS_A_MESSAGE)
        post.send(subject, encodeAnswers(answers.slice(from, from + ANSWERS_A_MESSAGE)))
    }
    this.#answers.clear()
  }

  #onConfirmed(pack: number): void {
    this.#confirmed = Math.max(this.#confirmed, pack)
    this.state.tail.confirm(this.#confirmed)
    this.state.changes.confirm(this.#confirmed)
    this.state.cids.confirm(this.#confirmed)
  }
}
