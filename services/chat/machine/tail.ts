import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import { unseal } from '../../../shared/fabric/keyring.ts'
import { messageOfEvent } from '../../../shared/fabric/wire/log-record.ts'
import { keyOf, type Sealed } from '../../../shared/fabric/wire/sealed.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'

/** An event's bytes: as they were made, or sealed as they were read from the log. */
export type EventBytes = { json: Uint8Array | null; readonly sealed: Sealed | null }

const ERASED = Buffer.from('{"kind":"erased"}')

/** The plaintext of an event, unsealed at most once; a tombstone if its key was destroyed. */
export async function plaintext(event: EventBytes, keys: KeyRing): Promise<Uint8Array> {
  if (event.json !== null) return event.json
  if (event.sealed === null) return ERASED
  const user = keyOf(event.sealed)
  const key = keys.key(user) ?? (await keys.load(user))
  event.json = key === null ? ERASED : unseal(key, event.sealed)
  return event.json
}

type Run = { first: number; readonly events: EventBytes[] }
type Slot = { readonly channel: ChannelId; readonly pack: number; readonly bytes: number }

/**
 * The newest messages of channels in use: everything that the store hasn't confirmed, and as much before that as the
 * budget allows. Each channel's part is a run of consecutive seqs that ends at its head.
 */
export class Tail {
  readonly #runs = new Map<ChannelId, Run>()
  readonly #budgetBytes: number
  #order: Slot[] = []
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

  add(channel: ChannelId, seq: number, event: EventBytes, pack: number): void {
    // The bundles need both, and are soon done: what is read here needs one.
    const held: EventBytes = event.json === null ? event : { json: event.json, sealed: null }
    const run = this.#runs.get(channel)
    if (run === undefined) this.#runs.set(channel, { first: seq, events: [held] })
    else run.events.push(held)
    const bytes = (held.json?.length ?? 0) + (held.sealed?.length ?? 0) + 200
    this.#order.push({ channel, pack, bytes })
    this.#bytes += bytes
    this.#evict()
  }

  confirm(pack: number): void {
    this.#confirmed = pack
    this.#evict()
  }

  /** The part of `first`…`last` that is held: it ends at `last`, or is empty. */
  async read(
    channel: ChannelId,
    first: number,
    last: number,
    keys: KeyRing,
  ): Promise<{ from: number; messages: Uint8Array[] }> {
    const run = this.#runs.get(channel)
    if (run === undefined || last < run.first) return { from: last + 1, messages: [] }
    const from = Math.max(first, run.first)
    const events = run.events.slice(from - run.first, last - run.first + 1)
    const messages: Uint8Array[] = []
    for (const event of events) messages.push(messageOfEvent(await plaintext(event, keys)))
    return { from, messages }
  }

  #canEvict(): boolean {
    const oldest = this.#order[this.#orderStart]
    return oldest !== undefined && oldest.pack <= this.#confirmed
  }

  #evict(): void {
    while (this.#bytes > this.#budgetBytes && this.#canEvict()) {
      const slot = this.#order[this.#orderStart++]
      if (slot === undefined) return
      this.#bytes -= slot.bytes
      const run = this.#runs.get(slot.channel)
      if (run === undefined) continue
      run.events.shift()
      run.first++
      if (run.events.length === 0) this.#runs.delete(slot.channel)
    }
    if (this.#orderStart > 10_000 && this.#orderStart * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#orderStart)
      this.#orderStart = 0
    }
  }
}
