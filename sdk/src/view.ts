import { type ChannelRecord, viewOf } from './channel-book.ts'
import type { Emitter } from './emitter.ts'
import { WeftError } from './errors.ts'
import type { ClientEvents, WeftEvent } from './events.ts'
import type { Ack, Channel, ChannelId, Cid, ConnectionState, DeviceId, OutboxEntry, UserId } from './types.ts'
import type { Update } from './update.ts'
import { type Json, text } from './wire.ts'

interface Deferred {
  resolve(ack: Ack): void
  reject(error: WeftError): void
}

const KINDS = new Set<string>([
  'message',
  'edited',
  'deleted',
  'reaction',
  'pinned',
  'read',
  'delivered',
  'typing',
  'presence',
  'channel',
  'head',
  'profile',
  'settings',
] satisfies (keyof ClientEvents)[])

/** The shape is the server's promise (its frames are checked against its schemas); the kind is looked at here. */
const isKnown = (event: Json): event is Json & WeftEvent =>
  typeof event.kind === 'string' && KINDS.has(event.kind)

/** What this tab knows, made from the core's updates alone; tells the app's handlers. */
export class View {
  readonly #emitter: Emitter
  readonly #onEvent: (event: WeftEvent) => void
  readonly #channels = new Map<ChannelId, Channel>()
  readonly entries = new Map<Cid, OutboxEntry>()
  readonly #deferred = new Map<Cid, Deferred>()
  #list: readonly Channel[] | undefined
  state: ConnectionState = { status: 'stopped', reason: 'stopped' }
  user: UserId | undefined
  device: DeviceId | undefined
  channelsLoaded = false
  outboxLoaded = false

  constructor(emitter: Emitter, onEvent: (event: WeftEvent) => void) {
    this.#emitter = emitter
    this.#onEvent = onEvent
  }

  get list(): readonly Channel[] {
    this.#list ??= [...this.#channels.values()].sort(byActivity)
    return this.#list
  }

  channel(id: ChannelId): Channel | undefined {
    return this.#channels.get(id)
  }

  /** An entry of this tab's own, before the core has it. */
  add(entry: OutboxEntry): Promise<Ack> {
    const acked = new Promise<Ack>((resolve, reject) => this.#deferred.set(entry.cid, { resolve, reject }))
    // Who doesn't look at the promise sees the same in the entry's status: it is not an unhandled error.
    acked.catch(() => undefined)
    this.#entry(entry)
    return acked
  }

  apply(update: Update): void {
    switch (update.type) {
      case 'all':
        return this.#all(update.all)
      case 'state':
        this.state = update.state
        return this.#emitter.emit('state', update.state)
      case 'user':
        this.user = update.user
        return
      case 'event':
        return this.#event(update.event)
      case 'reset':
        return this.#emitter.emit('reset', update.notice)
      case 'channels':
        this.channelsLoaded = update.loaded
        return this.#setChannels(update.set, update.gone)
      // What one tab asked or shows is that tab's: see the client.
      case 'answer':
      case 'missed':
      case 'opened':
      case 'thread-read':
        return
      case 'outbox':
        return this.#entry(update.entry, update.ack)
      case 'discarded':
        return this.#discarded(update.cid)
      case 'problem':
        return this.#emitter.problem(update.problem)
    }
  }

  #all(all: Extract<Update, { type: 'all' }>['all']): void {
    this.user = all.user
    this.device = all.device
    this.channelsLoaded = all.loaded
    this.outboxLoaded = true
    const kept = new Set(all.channels.map(({ base }) => base.id))
    this.#setChannels(
      all.channels,
      [...this.#channels.keys()].filter((id) => !kept.has(id)),
    )
    for (const entry of all.outbox) this.#entry(entry)
    this.state = all.state
    this.#emitter.emit('state', all.state)
  }

  #event(event: Json): void {
    this.#emitter.emit('event', { ...event, kind: text(event.kind) ?? '' })
    if (!isKnown(event)) return
    emitKnown(this.#emitter, event)
    this.#onEvent(event)
  }

  #setChannels(set: readonly ChannelRecord[], gone: readonly ChannelId[]): void {
    for (const record of set) this.#channels.set(record.base.id, viewOf(record))
    for (const id of gone) this.#channels.delete(id)
    this.#list = undefined
    this.#emitter.emit('channels', [...set.map(({ base }) => base.id), ...gone])
  }

  #entry(entry: OutboxEntry, ack?: Ack): void {
    if (entry.status === 'acked') this.entries.delete(entry.cid)
    else this.entries.set(entry.cid, entry)
    this.#emitter.emit('outbox', entry)
    const deferred = this.#deferred.get(entry.cid)
    if (!deferred || (entry.status !== 'acked' && entry.status !== 'failed')) return
    this.#deferred.delete(entry.cid)
    if (ack) deferred.resolve(ack)
    else deferred.reject(entry.error ?? new WeftError('rejected', 'the send failed'))
  }

  #discarded(cid: Cid): void {
    this.entries.delete(cid)
    this.#deferred.get(cid)?.reject(new WeftError('stopped', 'the entry was discarded'))
    this.#deferred.delete(cid)
  }
}

/** Spelt out, so that the compiler ties each event to its handlers. */
function emitKnown(emitter: Emitter, event: WeftEvent): void {
  switch (event.kind) {
    case 'message':
      return emitter.emit('message', event)
    case 'edited':
      return emitter.emit('edited', event)
    case 'deleted':
      return emitter.emit('deleted', event)
    case 'reaction':
      return emitter.emit('reaction', event)
    case 'pinned':
      return emitter.emit('pinned', event)
    case 'read':
      return emitter.emit('read', event)
    case 'delivered':
      return emitter.emit('delivered', event)
    case 'typing':
      return emitter.emit('typing', event)
    case 'presence':
      return emitter.emit('presence', event)
    case 'channel':
      return emitter.emit('channel', event)
    case 'head':
      return emitter.emit('head', event)
    case 'profile':
      return emitter.emit('profile', event)
    case 'settings':
      return emitter.emit('settings', event)
  }
}

const activity = (channel: Channel) => channel.last?.at ?? ''

function byActivity(a: Channel, b: Channel): number {
  if (activity(a) !== activity(b)) return activity(a) < activity(b) ? 1 : -1
  return a.id < b.id ? -1 : 1
}
