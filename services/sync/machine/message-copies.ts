import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import {
  hashOfPlace,
  type MessagePlace,
  placeHash,
  placeOf,
} from '../../../shared/fabric/wire/message-event.ts'

/** A power of two, and fixed: a map of millions stops all else for long whenever it grows. */
const CHAINS = 16_384

/**
 * The events in memory that hold a message's words, found without a look at the rest: its own, of which there is one for
 * each bundle that it came in, and its edits'. Chains of events by a number made of their message, oldest first.
 */
export class MessageCopies {
  readonly #chains = new Map<number, HeldEvent[]>()

  /** `json`: the event's. */
  add(event: HeldEvent, json: Uint8Array): void {
    const hash = placeHash(json)
    if (hash === null) return
    const chain = this.#chains.get(hash & (CHAINS - 1))
    if (chain === undefined) this.#chains.set(hash & (CHAINS - 1), [event])
    else chain.push(event)
  }

  remove(event: HeldEvent, json: Uint8Array): void {
    const hash = placeHash(json)
    const chain = hash === null ? undefined : this.#chains.get(hash & (CHAINS - 1))
    // The oldest event of all goes, which stands first, or near it.
    const at = chain?.indexOf(event) ?? -1
    if (at >= 0) chain?.splice(at, 1)
  }

  *of({ channel, seq }: MessagePlace): Generator<{ readonly event: HeldEvent; readonly json: Uint8Array }> {
    for (const event of this.#chains.get(hashOfPlace({ channel, seq }) & (CHAINS - 1)) ?? []) {
      const { json } = event
      const place = json === null ? null : placeOf(json)
      if (json !== null && place?.channel === channel && place.seq === seq) yield { event, json }
    }
  }
}
