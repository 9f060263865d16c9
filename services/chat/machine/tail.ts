import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import { unseal } from '../../../shared/fabric/keyring.ts'
import { messageOfEvent } from '../../../shared/fabric/wire/log-record.ts'
import { keyOf, type Sealed } from '../../../shared/fabric/wire/sealed.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'

/** An event's bytes on their way into the queues: as they were made, or sealed as they were read from the log. */
export type EventBytes = { json: Uint8Array | null; readonly sealed: Sealed | null }

const ERASED = Buffer.from('{"kind":"erased"}')

/** The plaintext of an event, unsealed at most once; a tombstone if its key was destroyed. */
export async function plaintext(event: EventBytes, keys: KeyRing): Promise<Uint8Array> {
  if (event.json !== null) return event.json
  if (event.sealed === null) return ERASED
  event.json = await openSealed(event.sealed, keys)
  return event.json
}

/** The same of what is held. */
export async function opened(event: HeldEvent, keys: KeyRing): Promise<Uint8Array> {
  const { json, sealed } = event
  if (json !== null) return json
  if (sealed === null) return ERASED
  const plain = await openSealed(sealed, keys)
  event.open(plain)
  return plain
}

async function openSealed(sealed: Sealed, keys: KeyRing): Promise<Uint8Array> {
  const user = keyOf(sealed)
  const key = keys.key(user) ?? (await keys.load(user))
  return key === null ? ERASED : unseal(key, sealed)
}

/** `changed`: messages that are no longer as they were written. */
type Run = { first: number; readonly events: HeldEvent[]; changed: Set<number> | null }

/** What a message costs beside its bytes (about). */
const OVERHEAD_BYTES = 120

/**
 * The newest messages of channels in use: everything that the store hasn't confirmed, and as much before that as the
 * budget allows. Each channel's part is a run of consecutive seqs that ends at its head.
 */
export class Tail {
  readonly #runs = new Map<ChannelId, Run>()
  readonly #budgetBytes: number
  /** The channel of each message that is held, in their order. */
  #order: ChannelId[] = []
  #orderStart = 0
  #bytes = 0
  #confirmed = 0

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes
  }

  /** Bytes held, confirmed or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** True if what the store lacks alone fills the budget. */
  get full(): boolean {
    return this.#bytes > this.#budgetBytes && !this.#canEvict()
  }

  add(channel: ChannelId, seq: number, event: HeldEvent): void {
    const run = this.#runs.get(channel)
    if (run === undefined) this.#runs.set(channel, { first: seq, events: [event], changed: null })
    else run.events.push(event)
    this.#order.push(channel)
    this.#bytes += event.bytes + OVERHEAD_BYTES
    this.#evict()
  }

  confirm(pack: number): void {
    this.#confirmed = pack
    this.#evict()
  }

  /** A message isn't any more as it was written: from now on the store tells what it is. */
  changed(channel: ChannelId, seq: number): void {
    const run = this.#runs.get(channel)
    if (run === undefined || seq < run.first) return
    run.changed ??= new Set()
    run.changed.add(seq)
  }

  /** A message as it was written, and whether the store has it; null if it isn't held. */
  async one(
    channel: ChannelId,
    seq: number,
    keys: KeyRing,
  ): Promise<{ readonly message: Uint8Array; readonly isConfirmed: boolean } | null> {
    const run = this.#runs.get(channel)
    const event = run === undefined || seq < run.first ? undefined : run.events[seq - run.first]
    if (event === undefined) return null
    return { message: messageOfEvent(await opened(event, keys)), isConfirmed: event.pack <= this.#confirmed }
  }

  /** A message as it was written and whether it still is so, without waiting; null if it isn't held open. */
  glance(
    channel: ChannelId,
    seq: number,
  ): { readonly message: Uint8Array; readonly isChanged: boolean } | null {
    const run = this.#runs.get(channel)
    const json = run === undefined || seq < run.first ? null : (run.events[seq - run.first]?.json ?? null)
    if (run === undefined || json === null) return null
    return { message: messageOfEvent(json), isChanged: run.changed?.has(seq) === true }
  }

  /** The part of `first`…`last` that is held and as it was written: it ends at `last`, or is empty. */
  read(
    channel: ChannelId,
    first: number,
    last: number,
    keys: KeyRing,
  ): Promise<{ from: number; messages: Uint8Array[] }> {
    let from = first
    for (const seq of this.#runs.get(channel)?.changed ?? []) if (seq <= last) from = Math.max(from, seq + 1)
    return this.originals(channel, from, last, keys)
  }

  /** The part of `first`…`last` that is held, as it was written: it ends at `last`, or is empty. */
  async originals(
    channel: ChannelId,
    first: number,
    last: number,
    keys: KeyRing,
  ): Promise<{ from: number; messages: Uint8Array[] }> {
    const run = this.#runs.get(channel)
    if (run === undefined || last < run.first || first > last) return { from: last + 1, messages: [] }
    const from = Math.max(first, run.first)
    const events = run.events.slice(from - run.first, last - run.first + 1)
    const messages: Uint8Array[] = []
    for (const event of events) messages.push(messageOfEvent(await opened(event, keys)))
    return { from, messages }
  }

  #canEvict(): boolean {
    const channel = this.#order[this.#orderStart]
    const oldest = channel === undefined ? undefined : this.#runs.get(channel)?.events[0]
    return oldest !== undefined && oldest.pack <= this.#confirmed
  }

  #evict(): void {
    while (this.#bytes > this.#budgetBytes && this.#canEvict()) {
      const channel = this.#order[this.#orderStart++]
      const run = channel === undefined ? undefined : this.#runs.get(channel)
      const event = run?.events.shift()
      if (channel === undefined || run === undefined || event === undefined) return
      this.#bytes -= event.bytes + OVERHEAD_BYTES
      run.changed?.delete(run.first)
      run.first++
      if (run.events.length === 0) this.#runs.delete(channel)
    }
    if (this.#orderStart > 10_000 && this.#orderStart * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#orderStart)
      this.#orderStart = 0
    }
  }
}
