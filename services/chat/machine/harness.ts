import { createSecretKey } from 'node:crypto'
import type { ExpiringEntry, ReceiptEntry } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import { decodePack, encodePack, NO_DIGEST } from '../../../shared/fabric/pack.ts'
import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import type { ChannelKind, Role } from '../../../shared/fabric/wire/changes/index.ts'
import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { type Mentions, NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import type { SettingsPatch } from '../../../shared/protocol/channel-settings.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'
import type { Parent } from './commands.ts'
import type { OutboxItem } from './outbox.ts'
import { planCreate, planDeleteMember, planPutMember } from './plan-change.ts'
import { planExpire } from './plan-expire.ts'
import { planReceipts } from './plan-receipts.ts'
import { planSend } from './plan-send.ts'
import type { Planning } from './planning.ts'
import { replayPack } from './replay.ts'
import { planRequest } from './requests/index.ts'
import type { KnownMessage } from './requests/messages.ts'
import { ChatState } from './state.ts'
import { Typing } from './typing.ts'

const SYNC_PARTITIONS = 3
const TAIL_BYTES = 64 * 1024 * 1024
export const channel = trusted<ChannelId>('c1')
export const owner = trusted<UserId>('u0')
export const userOf = (n: number) => trusted<UserId>(`u${n}`)
export const partitionOf = (user: UserId) => Number(user.slice(1)) % SYNC_PARTITIONS
const key = createSecretKey(Buffer.alloc(32))
const asked = { resolve: () => undefined, reject: () => undefined }

export type Items = [number, OutboxItem][]

/** A LOG partition without NATS, for tests: packs that stand at once, and what was handed to the queues. */
export class Log {
  readonly state = new ChatState(TAIL_BYTES)
  readonly packs: Uint8Array[] = []
  readonly items: Items = []
  /** What happens while a pack is under way. */
  during: () => void = () => {}
  /** The owner's clock (ms since 1970). */
  now = 1_700_000_000_000
  readonly #readMembers: number
  #cid = 0

  constructor(readMembers = 100) {
    this.#readMembers = readMembers
  }

  get channel(): Channel {
    const known = this.state.channels.get(channel)
    if (known === undefined) throw new Error('it was not created')
    return known
  }

  /** How many records it took. @throws what the operation refuses with; nothing is changed then. */
  commit(plan: (planning: Planning) => void): number {
    const records: Uint8Array[] = []
    const callbacks: (() => void)[] = []
    const pack: PackPlan = {
      number: this.packs.length + 1,
      lineage: 1,
      now: this.now,
      add: (record) => records.push(record) - 1,
      committed: (callback) => callbacks.push(callback),
    }
    plan({
      pack,
      state: this.state,
      partition: 0,
      partitionOf,
      to: (partition, item) => this.items.push([partition, item]),
      fanoutReadMembers: this.#readMembers,
      membersMax: 1_000_000,
    })
    if (records.length > 0)
      this.packs.push(
        encodePack({
          kind: 'records',
          lineage: 1,
          term: 1,
          number: pack.number,
          previous: NO_DIGEST,
          at: pack.now,
          meta: new Uint8Array(0),
          records,
        }),
      )
    this.during()
    for (const callback of callbacks) callback()
    return records.length
  }

  create(members: readonly UserId[], kind: ChannelKind = 'group', settings?: SettingsPatch): void {
    const { name = null, ...rest } = settings ?? {}
    const made = { type: 'create' as const, channel, kind, name, by: owner, members, ...asked }
    this.commit((planning) =>
      planCreate(settings === undefined ? made : { ...made, settings: rest }, planning),
    )
  }

  send(
    from: UserId,
    mentions: readonly UserId[] | Mentions = [],
    replyTo = 0,
    parent: Parent | null = null,
  ): number {
    const command = this.command(from, mentions, replyTo)
    return this.commit(({ pack, state, to }) => {
      const send = { type: 'send' as const, edge: trusted<EdgeId>('e'), command, key, stored: null, parent }
      planSend(send, pack, state, partitionOf, () => undefined, to)
    })
  }

  /** A send as an edge hands it over. */
  command(from: UserId, mentions: readonly UserId[] | Mentions = [], replyTo = 0): SendCommand {
    const named: Mentions = 'users' in mentions ? mentions : { users: mentions, all: null }
    return {
      request: 1,
      session: trusted<SessionId>('s'),
      flow: 0,
      channel,
      user: from,
      device: trusted<DeviceId>('d'),
      cid: trusted<Cid>(`x${this.#cid++}`),
      replyTo,
      mentions: named.users.length === 0 && named.all === null ? NO_MENTIONS : named,
      content: Buffer.from('"body":"hello"'),
    }
  }

  put(user: UserId, by: UserId = owner, role: Role | null = null, invite?: string): number {
    const put = { type: 'put-member' as const, channel, by, user, role, invite, ...asked }
    return this.commit((planning) => planPutMember(put, planning))
  }

  remove(user: UserId, by: UserId = owner): number {
    const deletion = { type: 'delete-member' as const, channel, by, user, ...asked }
    return this.commit((planning) => planDeleteMember(deletion, planning))
  }

  /** `author`, `mentions`: of the message that the request concerns. */
  ask(by: UserId, request: ChannelRequest, author?: UserId, mentions: readonly UserId[] = []): number {
    return this.askTogether(by, [request], author, mentions)
  }

  /** All of them in one pack, as they come together. */
  askTogether(
    by: UserId,
    requests: readonly ChannelRequest[],
    author?: UserId,
    mentions: readonly UserId[] = [],
  ): number {
    const message: KnownMessage | null =
      author === undefined ? null : { from: author, mentions, deleted: false, reactions: new Map(), key }
    return this.commit((planning) => {
      for (const request of requests)
        planRequest({ type: 'change' as const, channel, by, request, message, ...asked }, planning)
    })
  }

  /** Answers the channels that have no receipts. */
  receipts(entries: readonly ReceiptEntry[], membersMax: number): { records: number; off: ChannelId[] } {
    let off: ChannelId[] = []
    const records = this.commit((planning) => {
      off = planReceipts(entries, membersMax, planning)
    })
    return { records, off }
  }

  typing(): Typing {
    return new Typing(this.state, partitionOf, { add: () => undefined })
  }

  /** As the store asks, of what it finds to be over. How many were deleted. */
  expire(entries: readonly ExpiringEntry[]): number {
    return this.commit((planning) => planExpire(entries, planning))
  }

  /** The entries of a snapshot, as they come from the fabric. */
  snapshot(): string[] {
    const entries = [...this.state.channels.values()].flatMap((known) => known.toEntries(this.packs.length))
    return entries.map((entry) => JSON.stringify(entry))
  }

  /** What a new owner holds and hands to the queues: from a snapshot's entries, or from the very start. */
  replayed(entries: readonly string[] = []): { readonly state: ChatState; readonly items: Items } {
    const state = new ChatState(TAIL_BYTES)
    const items: Items = []
    for (const entry of entries) state.restore(JSON.parse(entry))
    for (const bytes of this.packs)
      replayPack(decodePack(bytes), state, partitionOf, (partition, item) => items.push([partition, item]))
    return { state, items }
  }
}

/** What is comparable of items that were planned, and of those that were made again. */
export const shown = (items: Items) =>
  items.map(([partition, { pack, record, recipients, ranks, event }]) => [
    partition,
    pack,
    record,
    [...recipients],
    ranks ?? null,
    Buffer.from(event.sealed ?? event.json ?? []).toString('base64'),
  ])
