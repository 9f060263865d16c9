import type { KeyObject } from 'node:crypto'
import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { seal } from '../../../shared/fabric/keyring.ts'
import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import { type EventBody, encodeSyncRecord, type UserChange } from '../../../shared/fabric/wire/sync-record.ts'
import type { WeftEvent } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { SyncCommand } from './commands.ts'
import type { HeldDelivery } from './memory.ts'
import type { UserQueue } from './queue.ts'
import type { Receipts } from './receipts.ts'
import { plannedRequest } from './requests/index.ts'
import { stateKey, type Users } from './users.ts'

type OwnCommand = Exclude<SyncCommand, { type: 'bundle' | 'heads' }>
type Stage = (event: HeldEvent, deliveries: readonly HeldDelivery[]) => void

/** What a user does to their own state: a record of it, and an event in their own queue, in one pack. */
export function planOwn(
  command: OwnCommand,
  pack: PackPlan,
  {
    users,
    receipts,
    partition,
    stage,
  }: {
    readonly users: Users
    readonly receipts: Receipts
    readonly partition: number
    readonly stage: Stage
  },
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
    pack.committed(() => {
      if (!queue.hidesReads) receipts.add(user, channel, { read: Math.max(seq, present) })
      reply.done({ seq: Math.max(seq, present) })
    })
    return
  }
  if (command.type === 'change') {
    planChange(command, pack, { users, partition, stage })
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

/** Rows that stand already aren't written again, and a request that changes nothing is told nobody. */
function planChange(
  { user, request, key: sealingKey, present, reply }: Extract<OwnCommand, { type: 'change' }>,
  pack: PackPlan,
  { users, partition, stage }: { readonly users: Users; readonly partition: number; readonly stage: Stage },
): void {
  const queue = users.get(user)
  const { area, changes, always, event, isSealed, rises = false } = plannedRequest(user, request)
  let changed = always
  for (const { key, json } of changes) {
    const recent = queue.state?.get(stateKey(area, key))
    const before = recent === undefined ? (present.get(key) ?? null) : recent.value
    // What is sealed differs each time, so only its absence can be compared.
    if (isSealed ? json === null && before === null : json === before) continue
    if (rises && before !== null && Number(before) >= Number(json)) continue
    const value = json !== null && isSealed ? sealedText(sealingKey, user, json) : json
    addUserRecord(user, { op: 'state', area, key, value }, pack)
    users.setState(queue, area, key, value, pack.number)
    changed = true
  }
  if (request.op === 'forget-device') queue.received?.delete(request.device)
  if (changed) addOwnEvent(queue, event, pack, stage, isSealed ? sealingKey : null)
  const at = changed ? pack.number : 0
  pack.committed(() => reply.done({ pack: at, partition }))
}

function sealedText(key: KeyObject | null, user: UserId, json: string): string {
  if (key === null) throw new Error('what somebody wrote came without a key to seal it with')
  return Buffer.from(seal(key, user, Buffer.from(json))).toString('base64')
}

const addUserRecord = (user: UserId, change: UserChange, pack: PackPlan): void => {
  pack.add(encodeSyncRecord({ type: 'user', user, at: pack.now, change }))
}

function addOwnEvent(
  queue: UserQueue,
  event: WeftEvent,
  pack: PackPlan,
  stage: Stage,
  key: KeyObject | null = null,
): void {
  const json = Buffer.from(JSON.stringify(event))
  const delivery = { queue, n: ++queue.planned }
  const body: EventBody =
    key === null ? { kind: 'clear', json } : { kind: 'sealed', sealed: seal(key, queue.user, json) }
  pack.add(encodeSyncRecord({ type: 'event', body, deliveries: [{ user: queue.user, n: delivery.n }] }))
  stage(HeldEvent.clear(json, pack.number), [delivery])
}
