import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { Pack } from '../../../shared/fabric/pack.ts'
import { decodeSyncRecord, type EventRecord } from '../../../shared/fabric/wire/sync-record.ts'
import type { Marks } from './marks.ts'
import type { EventMemory } from './memory.ts'
import type { Users } from './users.ts'

/**
 * Brings users up to a pack of the log. What a restored entry already says is left alone: such events are in the store.
 * @throws LogDamage where a user's numbers have a hole.
 */
export function replayRecords(pack: Pack, users: Users, marks: Marks, memory: EventMemory): void {
  for (const bytes of pack.records) {
    const record = decodeSyncRecord(bytes)
    if (record.type === 'event') {
      replayEvent(record, pack.number, users, memory)
      if (record.ranks) {
        const queues = record.deliveries.map(({ user }) => users.get(user))
        marks.rank(record.ranks, queues, pack.number)
      }
    } else if (record.type === 'marks') for (const mark of record.marks) marks.set(mark, pack.number)
    else if (users.lacks(record.user, pack.number)) {
      const queue = users.get(record.user)
      if (record.change.op === 'profile') {
        queue.hasProfile = true
        queue.profilePack = pack.number
      } else if (record.change.op === 'state') {
        const { area, key, value } = record.change
        users.setState(queue, area, key, value, pack.number)
      } else users.markRead(queue, record.change.channel, record.change.seq, pack.number)
    }
  }
}

/** Events that the snapshot's queues count already: known again for those who come back to hear them. */
export function recallRecords(pack: Pack, users: Users, memory: EventMemory): void {
  if (pack.kind === 'take-over') return
  for (const bytes of pack.records) {
    const record = decodeSyncRecord(bytes)
    if (record.type !== 'event') continue
    const known = record.deliveries.flatMap(({ user, n }) => {
      const queue = users.find(user)
      return queue === undefined || n > queue.head ? [] : [{ queue, n }]
    })
    if (known.length > 0) memory.keep(heldEvent(record.body, pack.number), known)
  }
}

function replayEvent(
  { body, deliveries }: EventRecord,
  pack: number,
  users: Users,
  memory: EventMemory,
): void {
  const held = deliveries.map((delivery) => {
    const queue = users.get(delivery.user)
    if (!users.lacks(delivery.user, pack)) return { queue, n: delivery.n }
    users.expectNext(queue, delivery, pack)
    return { queue, n: ++queue.planned }
  })
  if (held.length > 0) memory.keep(heldEvent(body, pack), held)
}

const heldEvent = (body: EventRecord['body'], pack: number): HeldEvent =>
  body.kind === 'clear' ? HeldEvent.clear(body.json, pack) : HeldEvent.sealed(body.sealed, pack)
