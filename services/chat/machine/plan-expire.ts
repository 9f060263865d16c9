import type { ExpiringEntry } from '../../../shared/fabric/calls.ts'
import { type Planning, writeChange } from './planning.ts'
import { holders } from './requests/messages.ts'

/**
 * Deletes messages whose time is over, as the store says, by a record each; how many. Asked again, what is deleted stays as
 * it is: the store asks for what it has no deletion of, and what it lacks stands in memory.
 */
export function planExpire(entries: readonly ExpiringEntry[], planning: Planning): number {
  const { state, pack } = planning
  let written = 0
  for (const { channel: id, seq, from, mentions, at } of entries) {
    const channel = state.channels.get(id)
    if (channel === undefined || seq > channel.readable || at > pack.now) continue
    if (state.changes.ahead(id, seq).deleted) continue
    const held = holders(channel, { from, mentions })
    writeChange(channel, from, { op: 'deleted', seq, reason: 'expired', ...held }, planning)
    written++
  }
  return written
}
