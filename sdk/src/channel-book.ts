import { changed } from './message-changes.ts'
import { mergeMarks, withMark, withoutMark } from './receipts.ts'
import type { Channel, ChannelId, Mark, Message, UserId } from './types.ts'
import { isJson, type Json, muteOf, number, parseChannel, settingsOf, text } from './wire.ts'

/** What is kept of a channel: the server's last full answer, and what events have added since. */
export interface ChannelRecord {
  /** As the server told it, `last` and `name` and the like kept current. */
  readonly base: Channel
  readonly head: number
  readonly read: number
  /** Seqs above the base's head that count as unread, ascending. */
  readonly tail: readonly number[]
  /** Those of them that mention this user or all. */
  readonly mentioned: readonly number[]
}

/** Unread messages counted one by one since the base; past it the count is asked for anew. */
const MAX_TAIL = 500

/** The channel as the app sees it. */
export function viewOf(record: ChannelRecord): Channel {
  const { base, head, read } = record
  const unread = countUnread(record).unread
  return { ...base, ...mutedNow(base), head, read, unread, mentions: countMentions(record) }
}

/** A mute is over when its time comes, without a word of the server's. */
export function mutedNow({ muted, mute }: Pick<Channel, 'muted' | 'mute'>): { muted: boolean } {
  const isOver = typeof mute?.until === 'string' && Date.parse(mute.until) <= Date.now()
  return { muted: muted && !isOver }
}

/**
 * The server's count holds for its own read mark. Read up to its head, none of it is left; somewhere between, how many of
 * the messages passed were one's own isn't known here: the bound is given and `exact` says that it needs asking.
 */
export function countUnread({ base, head, read, tail }: ChannelRecord): { unread: number; exact: boolean } {
  // A channel that is read from its log: sending is reading, so whatever lies behind one's mark is others'.
  const since =
    base.fanout === 'read'
      ? Math.max(0, head - Math.max(read, base.head))
      : tail.filter((seq) => seq > read).length
  if (read <= base.read) return { unread: base.unread + since, exact: true }
  if (read >= base.head || base.unread === 0) return { unread: since, exact: true }
  return { unread: Math.min(base.unread, base.head - read) + since, exact: false }
}

/** All that is unread, or what comes through a mute. */
export function shownOnBadge({ muted, mute, mentions, unread }: Channel): number {
  if (!mutedNow({ muted, ...(mute ? { mute } : {}) }).muted) return unread
  return mute?.mentions === true ? mentions : 0
}

/** As unread messages are counted; where that isn't exact, this isn't either. */
function countMentions({ base, head, read, mentioned }: ChannelRecord): number {
  const since = mentioned.filter((seq) => seq > read && seq <= head).length
  if (read <= base.read) return base.mentions + since
  return since + (read >= base.head ? 0 : Math.min(base.mentions, base.head - read))
}

/** Takes a newer full answer in; events that it doesn't reflect yet stay on top. */
export function rebase(base: Channel, before: ChannelRecord | undefined): ChannelRecord {
  const last = newest(base.last, before?.base.last)
  const peer = base.peer ?? before?.base.peer
  const marks = mergeMarks(base.marks, before?.base.marks)
  return {
    base: {
      ...base,
      ...(last ? { last } : {}),
      ...(peer === undefined ? {} : { peer }),
      ...(marks ? { marks } : {}),
    },
    head: Math.max(base.head, before?.head ?? 0),
    read: Math.max(base.read, before?.read ?? 0),
    tail: before?.tail.filter((seq) => seq > base.head) ?? [],
    mentioned: before?.mentioned.filter((seq) => seq > base.head) ?? [],
  }
}

const newest = (a: Message | undefined, b: Message | undefined) => ((b?.seq ?? 0) > (a?.seq ?? 0) ? b : a)

/** A message arrived (again). */
export function withMessage(record: ChannelRecord, message: Message, me: UserId | undefined): ChannelRecord {
  const mine = message.from === me
  const last = newest(record.base.last, message)
  const peer = record.base.kind === 'direct' && !mine ? message.from : record.base.peer
  const base = { ...record.base, ...(last ? { last } : {}), ...(peer === undefined ? {} : { peer }) }
  // Sending is reading: what one answers, one has seen.
  const read = mine ? Math.max(record.read, message.seq) : record.read
  const isNew = message.seq > record.head
  // Replies in threads are counted by thread.
  const counts = !mine && message.thread === undefined && message.reply_to === undefined
  const tail = isNew && counts && record.base.fanout === 'queue' ? [...record.tail, message.seq] : record.tail
  // A mark of the head may have come before a message that it is about.
  const isMention = counts && message.seq > record.base.head && mentionsMe(message, me)
  const mentioned = isMention ? [...new Set([...record.mentioned, message.seq])] : record.mentioned
  return { base, head: Math.max(record.head, message.seq), ...unreadAfter(read, { tail, mentioned }) }
}

const mentionsMe = ({ mentions, mention_all: all }: Message, me: UserId | undefined): boolean =>
  all !== undefined || mentions?.some((user) => user === me) === true

function unreadAfter(read: number, { tail, mentioned }: Pick<ChannelRecord, 'tail' | 'mentioned'>) {
  const isUnread = (seq: number) => seq > read
  return { read, tail: tail.filter(isUnread), mentioned: mentioned.filter(isUnread) }
}

export function withRead(record: ChannelRecord, seq: number): ChannelRecord {
  const read = Math.max(record.read, Math.min(seq, record.head))
  return read === record.read ? record : { ...record, ...unreadAfter(read, record) }
}

export function parseRecord(value: unknown): ChannelRecord | undefined {
  if (!isJson(value)) return undefined
  const base = channelWithLast(value.base)
  if (!base) return undefined
  const [head, read] = [number(value.head) ?? base.head, number(value.read) ?? base.read]
  return { base, head, read, tail: seqsOf(value.tail), mentioned: seqsOf(value.mentioned) }
}

const seqsOf = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((seq) => typeof seq === 'number') : []

export function channelWithLast(value: unknown): Channel | undefined {
  const channel = parseChannel(value)
  const last = isJson(value) ? parseMessage(value.last) : undefined
  return channel && last ? { ...channel, last } : channel
}

/** The message as it came; what a newer server adds is kept. */
export function parseMessage(value: unknown): Message | undefined {
  if (!isJson(value)) return undefined
  const { channel, seq, from, body } = value
  if (typeof channel !== 'string' || typeof seq !== 'number' || typeof from !== 'string') return undefined
  if (typeof body !== 'string' && !isJson(body)) return undefined
  const { device, at, cid } = value
  return {
    ...value,
    channel,
    seq,
    from,
    body,
    device: text(device) ?? '',
    at: text(at) ?? '',
    cid: text(cid) ?? '',
  }
}

export interface BookActions {
  me(): UserId | undefined
  /** These changed (or are gone). */
  changed(ids: readonly ChannelId[]): void
  /** The server must be asked for this one. */
  ask(id: ChannelId): void
  /** Others have come, of whom it isn't known from where on they count among those who read. */
  joined(id: ChannelId): void
}

/** The user's channels, by event. Says what changed and what must be asked for; does no I/O. */
export class ChannelBook {
  readonly records = new Map<ChannelId, ChannelRecord>()
  readonly #actions: BookActions

  constructor(actions: BookActions) {
    this.#actions = actions
  }

  /** A snapshot: all channels, and no others. */
  replace(channels: readonly Channel[]): void {
    const before = new Map(this.records)
    this.records.clear()
    for (const channel of channels) this.records.set(channel.id, rebase(channel, before.get(channel.id)))
    this.#actions.changed([...new Set([...before.keys(), ...this.records.keys()])])
  }

  put(channel: Channel): void {
    this.#set(channel.id, rebase(channel, this.records.get(channel.id)))
  }

  remove(id: ChannelId): void {
    if (this.records.delete(id)) this.#actions.changed([id])
  }

  read(id: ChannelId, seq: number): void {
    const record = this.records.get(id)
    const next = record && withRead(record, seq)
    if (!next || next === record) return
    this.#set(id, next)
    if (!countUnread(next).exact) this.#actions.ask(id)
  }

  message(message: Message): void {
    const record = this.records.get(message.channel)
    if (!record) return this.#actions.ask(message.channel)
    const next = withMessage(record, message, this.#actions.me())
    if (Math.max(next.tail.length, next.mentioned.length) > MAX_TAIL || !countUnread(next).exact)
      this.#actions.ask(message.channel)
    this.#set(message.channel, next)
  }

  event(event: Json): void {
    if (event.kind === 'settings') return this.#muted(event.mute)
    const channel = text(event.channel)
    if (channel === undefined) return
    const seq = number(event.seq) ?? 0
    switch (event.kind) {
      case 'message': {
        const message = parseMessage(event)
        if (message) this.message(message)
        return
      }
      case 'read':
      case 'delivered':
        return this.#mark(channel, event.kind, seq, event)
      case 'edited':
      case 'deleted':
      case 'reaction':
      case 'pinned':
        return this.#lastChanged(channel, seq, event)
      case 'head':
        // How many mention all is the server's to say.
        if (event.mention_all !== undefined) this.#actions.ask(channel)
        return this.#head(channel, seq)
      case 'forked':
        return this.#actions.ask(channel)
      case 'channel':
        return this.#channelEvent(channel, event)
    }
  }

  #muted(change: unknown): void {
    if (!isJson(change)) return
    const id = text(change.channel)
    const record = id === undefined ? undefined : this.records.get(id)
    if (!record || id === undefined) return
    const { mute: _, ...base } = record.base
    this.#set(id, { ...record, base: { ...base, ...muteOf(change.mute) } })
  }

  /** How far these others have got, as the server has it. */
  marks(id: ChannelId, marks: readonly (Mark & { readonly user: UserId })[]): void {
    const record = this.records.get(id)
    if (!record) return
    let next = record
    for (const { user, delivered, read } of marks)
      next = withMark(withMark(next, user, 'delivered', delivered), user, 'read', read)
    if (next !== record) this.#set(id, next)
  }

  #mark(id: ChannelId, kind: 'read' | 'delivered', seq: number, event: Json): void {
    // How far a thread has been read is no matter of its channel's.
    if (event.thread !== undefined) return
    const user = text(event.user)
    const record = this.records.get(id)
    if (user === this.#actions.me()) {
      if (kind === 'delivered') return
      this.read(id, seq)
      const after = this.records.get(id)
      // The server has the mark now, so it can say what lies behind it.
      if (after === record && after && !countUnread(after).exact) this.#actions.ask(id)
      return
    }
    const next = record && user !== undefined ? withMark(record, user, kind, seq) : record
    if (next && next !== record) this.#set(id, next)
  }

  /** A channel that is read from its log told how far it is: what is new there is counted, not fetched. */
  #head(id: ChannelId, seq: number): void {
    const record = this.records.get(id)
    if (!record) return this.#actions.ask(id)
    if (seq <= record.head) return
    if (record.base.fanout === 'read') this.#set(id, { ...record, head: seq })
    else this.#actions.ask(id)
  }

  #channelEvent(id: ChannelId, event: Json): void {
    const me = this.#actions.me()
    const gone = event.change === 'left' || event.change === 'removed'
    const who = text(event.user) ?? (gone ? text(event.by) : undefined)
    if (gone && who === me) return this.remove(id)
    const known = this.records.get(id)
    if (known) {
      const name = event.name === undefined ? known.base.name : (text(event.name) ?? null)
      const members = number(event.members) ?? known.base.members
      const rev = Math.max(known.base.rev, number(event.rev) ?? 0)
      // An older event, replayed, says less than what is known; the answer to `ask` decides.
      const isNewer = rev > known.base.rev
      const role = (isNewer && who === me && text(event.role)) || known.base.role
      const settings = isNewer && event.channel_kind !== undefined ? settingsOf(event) : {}
      const after = { ...known, base: { ...known.base, name, members, rev, role, ...settings } }
      this.#set(id, gone && who !== undefined ? withoutMark(after, who) : after)
      if (event.change === 'joined' && after.base.marks) this.#actions.joined(id)
    }
    this.#actions.ask(id)
  }

  #lastChanged(id: ChannelId, seq: number, event: Json): void {
    const record = this.records.get(id)
    const last = record?.base.last
    if (!record || last?.seq !== seq) return
    const after = changed(last, event, this.#actions.me())
    if (after !== last) this.#set(id, { ...record, base: { ...record.base, last: after } })
  }

  #set(id: ChannelId, record: ChannelRecord): void {
    this.records.set(id, record)
    this.#actions.changed([id])
  }
}
