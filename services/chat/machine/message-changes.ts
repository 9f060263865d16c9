import type { MessageChange } from '../../../shared/fabric/wire/changes/messages.ts'
import type { ChannelRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { EventBytes } from './tail.ts'

/** Remembered beyond what the store lacks: a request may have asked the store just before it got there. */
const KEPT = 10_000

export type Reacted = { readonly user: UserId; readonly emoji: string; readonly on: boolean }
/** What became of a message lately. */
export type Changed = {
  /** The newest pack that changed it. */
  pack: number
  deleted: boolean
  /** The newest edit's event. */
  edit: EventBytes | null
  /** It is one that a thread began with. */
  hasReplies: boolean
  /** In the order of the log: said again over the store's, they change nothing. */
  reactions: Reacted[]
}

/**
 * The messages that were changed last: everything that the store hasn't confirmed, and some before that. A message in
 * memory is as it was written, so whoever reads or changes one looks here too.
 */
export class MessageChanges {
  readonly #channels = new Map<ChannelId, Map<number, Changed>>()
  /** In the order of their packs. */
  #order: { readonly channel: ChannelId; readonly seq: number; readonly pack: number }[] = []
  /** Of packs that don't stand yet, by message: whoever plans the next one goes by them, whoever reads doesn't. */
  readonly #ahead = new Map<string, Planned[]>()

  get(channel: ChannelId, seq: number): Changed | undefined {
    return this.#channels.get(channel)?.get(seq)
  }

  /** The newest change of these messages: its seq, and the newest pack among all of theirs; null if there is none. */
  among(
    channel: ChannelId,
    first: number,
    last: number,
  ): { readonly seq: number; readonly pack: number } | null {
    let newest = 0
    let latest = 0
    for (const [seq, { pack }] of this.#channels.get(channel) ?? []) {
      if (seq < first || seq > last) continue
      newest = Math.max(newest, seq)
      latest = Math.max(latest, pack)
    }
    return newest === 0 ? null : { seq: newest, pack: latest }
  }

  /** A reply to it stands: only the store counts those. */
  replied(channel: ChannelId, seq: number, pack: number): void {
    this.#changed(channel, seq, pack).hasReplies = true
  }

  /** A record that is planned: `add` follows once it stands. */
  plan({ channel, by }: ChannelRecord, change: MessageChange): void {
    const key = `${channel}/${change.seq}`
    const planned = this.#ahead.get(key)
    if (planned === undefined) this.#ahead.set(key, [{ by, change }])
    else planned.push({ by, change })
  }

  /** As whoever plans the next record has to see it. */
  ahead(channel: ChannelId, seq: number): Changed | undefined {
    const stands = this.get(channel, seq)
    const planned = this.#ahead.get(`${channel}/${seq}`)
    if (planned === undefined) return stands
    const next = stands === undefined ? unchanged(0) : { ...stands, reactions: [...stands.reactions] }
    for (const { by, change } of planned) become(next, by, change, null)
    return next
  }

  /** A record that stands. */
  add({ channel, by }: ChannelRecord, change: MessageChange, event: EventBytes | null, pack: number): void {
    const { seq } = change
    this.#stands(`${channel}/${seq}`)
    become(this.#changed(channel, seq, pack), by, change, event)
  }

  #changed(channel: ChannelId, seq: number, pack: number): Changed {
    const ofChannel = this.#channels.get(channel) ?? new Map<number, Changed>()
    this.#channels.set(channel, ofChannel)
    const changed = ofChannel.get(seq) ?? unchanged(pack)
    ofChannel.set(seq, changed)
    changed.pack = pack
    this.#order.push({ channel, seq, pack })
    return changed
  }

  #stands(key: string): void {
    const planned = this.#ahead.get(key)
    planned?.shift()
    if (planned?.length === 0) this.#ahead.delete(key)
  }

  /** The store has every pack up to this one. */
  confirm(pack: number): void {
    let gone = 0
    for (; this.#order.length - gone > KEPT; gone++) {
      const oldest = this.#order[gone]
      if (oldest === undefined || oldest.pack > pack) break
      const ofChannel = this.#channels.get(oldest.channel)
      if (ofChannel?.get(oldest.seq)?.pack === oldest.pack) ofChannel.delete(oldest.seq)
      if (ofChannel?.size === 0) this.#channels.delete(oldest.channel)
    }
    if (gone > 0) this.#order = this.#order.slice(gone)
  }
}

type Planned = { readonly by: UserId; readonly change: MessageChange }

const unchanged = (pack: number): Changed => ({
  pack,
  deleted: false,
  edit: null,
  hasReplies: false,
  reactions: [],
})

function become(message: Changed, by: UserId, change: MessageChange, event: EventBytes | null): void {
  if (change.op === 'edited') message.edit = event
  else if (change.op === 'deleted') {
    message.deleted = true
    message.edit = null
    message.reactions = []
  } else message.reactions.push({ user: by, emoji: change.emoji, on: change.on })
}
