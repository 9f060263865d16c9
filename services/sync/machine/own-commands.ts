import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import { encodeSyncRecord, type UserChange } from '../../../shared/fabric/wire/sync-record.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { SyncCommand } from './commands.ts'
import type { HeldDelivery } from './memory.ts'
import type { UserQueue } from './queue.ts'
import type { Users } from './users.ts'

type OwnCommand = Exclude<SyncCommand, { type: 'bundle' | 'heads' }>
type Stage = (event: HeldEvent, deliveries: readonly HeldDelivery[]) => void

/** What a user does to their own state: a record of it, and an event in their own queue, in one pack. */
export function planOwn(
  command: OwnCommand,
  pack: PackPlan,
  { users, partition, stage }: { readonly users: Users; readonly partition: number; readonly stage: Stage },
): void {
  const { user } = command
  const queue = users.get(user)
  if (command.type === 'read') {
    const { channel, seq, floor, reply } = command
    const present = Math.max(floor, queue.reads?.get(channel)?.seq ?? 0)
    if (seq > present) {
      addUserRecord(user, { op: 'read', channel, seq }, pack)
      users.markRead(queue, channel, seq, pack.number)
      addOwnEvent(queue, { kind: 'read', channel, user, seq }, pack, stage)
    }
    pack.committed(() => reply.done({ seq: Math.max(seq, present) }))
    return
  }
  const { change, when, reply } = command
  if (when === 'always' || !queue.hasProfile) {
    addUserRecord(user, change, pack)
    queue.hasProfile = true
    queue.profilePack = pack.number
  }
  if (when === 'always') {
    const { name, displayName, avatar } = change
    addOwnEvent(queue, { kind: 'profile', user, name, display_name: displayName, avatar }, pack, stage)
  }
  // Where it stands: a pack that nothing was added to isn't written, and would be waited for in vain.
  pack.committed(() => reply.done({ pack: queue.profilePack, partition }))
}

const addUserRecord = (user: UserId, change: UserChange, pack: PackPlan): void => {
  pack.add(encodeSyncRecord({ type: 'user', user, at: pack.now, change }))
}

function addOwnEvent(queue: UserQueue, event: object, pack: PackPlan, stage: Stage): void {
  const json = Buffer.from(JSON.stringify(event))
  const delivery = { queue, n: ++queue.planned }
  const body = { kind: 'clear', json } as const
  pack.add(encodeSyncRecord({ type: 'event', body, deliveries: [{ user: queue.user, n: delivery.n }] }))
  stage(HeldEvent.clear(json, pack.number), [delivery])
}
