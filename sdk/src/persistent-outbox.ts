import type { Answer } from './connection.ts'
import { WeftError } from './errors.ts'
import type { Keeper } from './keeper.ts'
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from './limits.ts'
import type { Limits, Store } from './options.ts'
import { OutboxLanes } from './outbox-lanes.ts'
import { entryKey, loadOutbox, saveEntry } from './outbox-store.ts'
import type { Ack, Body, Cid, Message, OutboxEntry } from './types.ts'
import type { Update } from './update.ts'
import { nextOrder } from './uuid.ts'
import type { Json } from './wire.ts'

export interface OutboxActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  /** The token ran out in the middle: connect again with a new one. */
  reauthenticate(): void
  update(update: Update): void
}

/** Every send that isn't settled: kept in the store until it is, and sent by the lanes while there is a connection. */
export class PersistentOutbox {
  readonly #keeper: Keeper
  readonly #update: (update: Update) => void
  readonly #lanes: OutboxLanes
  readonly #entries = new Map<Cid, OutboxEntry>()

  constructor(limits: Limits, keeper: Keeper, actions: OutboxActions) {
    this.#keeper = keeper
    this.#update = (update) => actions.update(update)
    this.#lanes = new OutboxLanes(limits, {
      request: (frame, done) => actions.request(frame, done),
      changed: (entry, ack) => this.#changed(entry, ack),
      reauthenticate: () => actions.reauthenticate(),
    })
  }

  get entries(): OutboxEntry[] {
    return [...this.#entries.values()]
  }

  async load(store: Store): Promise<void> {
    for (const entry of await loadOutbox(store)) this.#take(entry)
  }

  up(): void {
    this.#lanes.up()
  }

  down(): void {
    this.#lanes.down()
  }

  /** Without effect if it is here already: a tab names what it isn't sure to have handed over. */
  send(given: OutboxEntry): void {
    if (this.#entries.has(given.cid)) return
    const error = tooLarge(given.body)
    const entry: OutboxEntry = error ? { ...given, status: 'failed', error } : given
    this.#changed(entry)
    this.#take(entry)
  }

  /** A failed entry goes to its channel's end. */
  retry(cid: Cid): void {
    const failed = this.#entries.get(cid)
    if (failed?.status !== 'failed') return
    const { error: _, ...rest } = failed
    this.#entries.delete(cid)
    this.send({ ...rest, status: 'queued', order: nextOrder() })
  }

  discard(cid: Cid): void {
    const entry = this.#entries.get(cid)
    if (!entry || (entry.status !== 'failed' && !this.#lanes.discard(cid))) return
    this.#entries.delete(cid)
    this.#keeper.put(entryKey(cid), undefined)
    void this.#keeper.flush()
    this.#update({ type: 'discarded', cid })
  }

  /** One of our own messages came back through the queue: whether or not its ack arrives, it is kept. */
  cameBack({ channel, seq, at, cid }: Message): void {
    const entry = this.#entries.get(cid)
    // That it is in the queue says nothing of a second region: there the ack itself must come.
    if (!entry || entry.options.ack === 'global') return
    this.#lanes.kept({ channel, seq, at, cid, duplicate: false })
  }

  /** Forgets everything; written with the keeper's next flush. */
  clear(): void {
    this.#lanes.clear()
    for (const cid of this.#entries.keys()) {
      this.#keeper.put(entryKey(cid), undefined)
      this.#update({ type: 'discarded', cid })
    }
    this.#entries.clear()
  }

  #take(entry: OutboxEntry): void {
    this.#entries.set(entry.cid, entry)
    if (entry.status !== 'failed') this.#lanes.add(entry)
  }

  #changed(entry: OutboxEntry, ack?: Ack): void {
    if (entry.status === 'acked') this.#entries.delete(entry.cid)
    else this.#entries.set(entry.cid, entry)
    if (entry.status !== 'sent') {
      saveEntry(this.#keeper, entry)
      void this.#keeper.flush()
    }
    this.#update({ type: 'outbox', entry, ...(ack ? { ack } : {}) })
  }
}

/** A frame over the limit would end the connection, again and again, and everything behind it would wait. */
function tooLarge(body: Body): WeftError | undefined {
  const isText = typeof body === 'string'
  const bytes = new TextEncoder().encode(isText ? body : JSON.stringify(body)).length
  const limit = isText ? MAX_TEXT_BYTES : MAX_BODY_BYTES
  return bytes > limit
    ? new WeftError('too_large', `the body has ${bytes} bytes, of ${limit} at most`)
    : undefined
}
