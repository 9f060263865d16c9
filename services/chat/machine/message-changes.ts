import type { MessageChange } from '../../../shared/fabric/wire/changes/messages.ts'
import type { ChannelRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { Reactions } from './reactions.ts'
import type { EventBytes } from './tail.ts'

/** Remembered beyond what the store lacks: a request may have asked the store just before it got there. */
const KEPT = 10_000

/** What became of a message lately. */
export type Changed = {
  /** The newest pack that changed it. */
  pack: number
  deleted: boolean
  /** The newest edit's event. */
  edit: EventBytes | null
  /** It is one that a thread began with. */
  hasReplies: boolean
}

/** What became of a message lately, with what is on its way into the log: as whoever plans the next record has to see it. */
export type Recent = { readonly deleted: boolean; readonly reactions: Reactions | undefined }

type Change = { readonly channel: ChannelId; readonly seq: number; readonly pack: number }
type Reaction = { readonly emoji: string; readonly user: UserId }

/**
 * The messages that were changed last: everything that the store hasn't confirmed, and some before that. A message in
 * memory is as it was written, so whoever reads or changes one looks here too.
 */
export class MessageChanges {
  readonly #channels = new Map<ChannelId, Map<number, Changed>>()
  /** In the order of their packs. */
  #order: (Change & { readonly reaction: Reaction | null })[] = []
  /** By message, those of packs that don't stand yet too: only who plans asks for them. */
  readonly #reactions = new Map<string, Reactions>()
  /** By message, how many records of packs that don't stand yet change it, and whether one deletes it. */
  readonly #ahead = new Map<string, { count: number; deleted: boolean }>()

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
    this.#changed({ channel, seq, pack }, null).hasReplies = true
  }

  /** A record that is planned: `add` follows once it stands. */
  plan({ channel, by }: ChannelRecord, change: MessageChange, pack: number): void {
    const key = keyOf(channel, change.seq)
    const ahead = this.#ahead.get(key) ?? { count: 0, deleted: false }
    this.#ahead.set(key, ahead)
    ahead.count++
    if (change.op === 'deleted') ahead.deleted = true
    this.#react(key, by, change, pack)
  }

  /** As whoever plans the next record has to see it. */
  ahead(channel: ChannelId, seq: number): Recent {
    const key = keyOf(channel, seq)
    const deleted = this.get(channel, seq)?.deleted === true || this.#ahead.get(key)?.deleted === true
    return { deleted, reactions: this.#reactions.get(key) }
  }

  /** A record that stands. */
  add({ channel, by }: ChannelRecord, change: MessageChange, event: EventBytes | null, pack: number): void {
    const { seq } = change
    const key = keyOf(channel, seq)
    // What was planned may have been overtaken by the next that is.
    if (!this.#stands(key)) this.#react(key, by, change, pack)
    const reaction = change.op === 'reaction' ? { emoji: change.emoji, user: by } : null
    const changed = this.#changed({ channel, seq, pack }, reaction)
    if (change.op === 'edited') changed.edit = event
    else if (change.op === 'deleted') {
      changed.deleted = true
      changed.edit = null
    }
  }

  #react(key: string, by: UserId, change: MessageChange, pack: number): void {
    if (change.op === 'deleted') this.#reactions.delete(key)
    if (change.op !== 'reaction') return
    const reactions = this.#reactions.get(key) ?? new Reactions()
    this.#reactions.set(key, reactions)
    reactions.say(change.emoji, by, { on: change.on, pack })
  }

  #changed({ channel, seq, pack }: Change, reaction: Reaction | null): Changed {
    const ofChannel = this.#channels.get(channel) ?? new Map<number, Changed>()
    this.#channels.set(channel, ofChannel)
    const changed = ofChannel.get(seq) ?? { pack, deleted: false, edit: null, hasReplies: false }
    ofChannel.set(seq, changed)
    changed.pack = pack
    this.#order.push({ channel, seq, pack, reaction })
    return changed
  }

  /** Whether it was one that had been planned. */
  #stands(key: string): boolean {
    const ahead = this.#ahead.get(key)
    if (ahead === undefined) return false
    ahead.count--
    if (ahead.count === 0) this.#ahead.delete(key)
    return true
  }

  /** The store has every pack up to this one. */
  confirm(pack: number): void {
    let gone = 0
    for (; this.#order.length - gone > KEPT; gone++) {
      const oldest = this.#order[gone]
      if (oldest === undefined || oldest.pack > pack) break
      this.#forget(oldest, oldest.reaction)
    }
    if (gone > 0) this.#order = this.#order.slice(gone)
  }

  #forget({ channel, seq, pack }: Change, reaction: Reaction | null): void {
    const ofChannel = this.#channels.get(channel)
    if (ofChannel?.get(seq)?.pack === pack) ofChannel.delete(seq)
    if (ofChannel?.size === 0) this.#channels.delete(channel)
    const key = keyOf(channel, seq)
    const reactions = this.#reactions.get(key)
    if (reaction === null || reactions === undefined) return
    reactions.forget(reaction.emoji, reaction.user, pack)
    if (reactions.size === 0) this.#reactions.delete(key)
  }
}

const keyOf = (channel: ChannelId, seq: number) => `${channel}/${seq}`
