import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import {
  deletionOf,
  emptiedEvent,
  type MessagePlace,
  placeOf,
} from '../../../shared/fabric/wire/message-event.ts'
import { NewestMap } from '../../../shared/newest-map.ts'
import { MessageCopies } from './message-copies.ts'

/** Deletions remembered at least, for events that are still sealed when their message is deleted. */
const REMEMBERED = 50_000
const NOTHING = new Uint8Array(0)

const keyOf = ({ channel, seq }: MessagePlace): string => `${channel}/${seq}`

/** Messages that were deleted: their events and their edits' keep their numbers in the queues, and lose what they said. */
export class Deletions {
  readonly #deleted = new NewestMap<string, true>(REMEMBERED)
  readonly #copies = new MessageCopies()

  /** An event that came into memory: if it tells of a deletion, the message's events there are emptied. */
  kept(event: HeldEvent): void {
    const { json } = event
    if (json === null) return
    const place = deletionOf(json)
    if (place === null) {
      this.#copies.add(event, json)
      return
    }
    this.#deleted.set(keyOf(place), true)
    for (const copy of this.#copies.of(place)) copy.event.open(emptiedEvent(copy.json))
  }

  /** An event in memory that was sealed gets its JSON, as it may be told. */
  open(event: HeldEvent, json: Uint8Array): void {
    const place = placeOf(json)
    const isDeleted = place !== null && this.#deleted.get(keyOf(place)) === true
    event.open(isDeleted ? emptiedEvent(json) : json)
    this.#copies.add(event, json)
  }

  /** An event that left memory. */
  forgotten(event: HeldEvent): void {
    const { json } = event
    // Whoever loads its key just now finds it opened, and doesn't bring it back here.
    if (json === null) event.open(NOTHING)
    else this.#copies.remove(event, json)
  }
}
