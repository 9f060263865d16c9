import {
  deletionOf,
  emptiedEvent,
  type MessagePlace,
  placeOf,
} from '../../../shared/fabric/wire/message-event.ts'
import { NewestMap } from '../../../shared/newest-map.ts'
import type { UserQueue } from './queue.ts'

/** Deletions remembered at least, for events that are still sealed when their message is deleted. */
const REMEMBERED = 50_000

const keyOf = ({ channel, seq }: MessagePlace): string => `${channel}/${seq}`

/** Messages that were deleted: their events and their edits' keep their numbers in the queues, and lose what they said. */
export class Deletions {
  readonly #deleted = new NewestMap<string, true>(REMEMBERED)

  /** An event that came into these queues: if it tells of a deletion, the message's events there are emptied. */
  note(json: Uint8Array, deliveries: readonly { readonly queue: UserQueue }[]): void {
    const place = deletionOf(json)
    if (place === null) return
    this.#deleted.set(keyOf(place), true)
    // Recipients of one partition share the event: whoever holds it holds it for all.
    for (const { queue } of deliveries) if (empty(queue, place)) return
  }

  /** An event's JSON as it may be told. */
  told(json: Uint8Array): Uint8Array {
    const place = placeOf(json)
    return place !== null && this.#deleted.get(keyOf(place)) === true ? emptiedEvent(json) : json
  }
}

function empty(queue: UserQueue, wanted: MessagePlace): boolean {
  for (let n = queue.head; n >= queue.oldest; n--) {
    const event = queue.at(n)
    const json = event?.json ?? null
    const place = json === null ? null : placeOf(json)
    if (event === undefined || json === null || place === null) continue
    if (place.channel !== wanted.channel || place.seq !== wanted.seq) continue
    event.open(emptiedEvent(json))
    // Its edits came after it.
    if (!place.isEdit) return true
  }
  return false
}
