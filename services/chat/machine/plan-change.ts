import type { Role } from '../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'
import type { Create, DeleteMember, PutMember } from './commands.ts'
import { type Planning, writeChange } from './planning.ts'
import { RANK, rankOf } from './roles.ts'
import { viewOf } from './state.ts'

export function planCreate(create: Create, planning: Planning): void {
  const { pack, state, partition } = planning
  const existing = state.channels.get(create.channel)
  if (existing !== undefined) {
    if (!existing.members.has(create.by)) throw new WeftError('conflict', 'this channel id is taken')
    return pack.committed(() =>
      create.resolve({
        channel: viewOf(existing, create.by, pack.lineage),
        pack: 0,
        partition,
        created: false,
      }),
    )
  }
  const users = [...new Set([create.by, ...create.members])]
  if (users.length > planning.membersMax) throw tooMany(planning)
  const members = users.map((user) => ({ user, role: roleAtCreation(create, user) }))
  const channel = state.create(create.channel, create.kind, create.name)
  writeChange(channel, create.by, { op: 'created', kind: create.kind, name: create.name, members }, planning)
  pack.committed(() =>
    create.resolve({
      channel: viewOf(channel, create.by, pack.lineage),
      pack: pack.number,
      partition,
      created: true,
    }),
  )
}

export const tooMany = ({ membersMax }: Planning) =>
  new WeftError('too_large', `a channel has at most ${membersMax} members`)

/** In a direct channel both are equals. */
const roleAtCreation = (create: Create, user: UserId): Role =>
  user === create.by && create.kind !== 'direct' ? 'owner' : 'member'

export function planPutMember(put: PutMember, planning: Planning): void {
  const { pack, state, partition } = planning
  const channel = state.member(put.channel, put.by)
  if (channel.kind === 'direct')
    throw new WeftError('forbidden', 'a direct channel has exactly its two members')
  const present = channel.members.get(put.user)
  const role = put.role ?? present?.role ?? 'member'
  const mayGiveRoles = rankOf(channel, put.by) >= RANK.admin
  if (role !== (present?.role ?? 'member') && (!mayGiveRoles || RANK[role] > rankOf(channel, put.by)))
    throw new WeftError('forbidden', 'only an owner or admin gives roles, up to their own')
  const resolve = (number: number, created: boolean) =>
    pack.committed(() =>
      put.resolve({ channel: viewOf(channel, put.by, pack.lineage), pack: number, partition, created }),
    )
  if (present === undefined) {
    if (channel.members.size >= planning.membersMax) throw tooMany(planning)
    writeChange(channel, put.by, { op: 'joined', user: put.user, role, head: channel.head }, planning)
    return resolve(pack.number, true)
  }
  if (present.role === role) return resolve(0, false)
  if (RANK[present.role] > rankOf(channel, put.by))
    throw new WeftError('forbidden', 'their role is above yours')
  writeChange(channel, put.by, { op: 'role', user: put.user, role }, planning)
  return resolve(pack.number, false)
}

export function planDeleteMember(deletion: DeleteMember, planning: Planning): void {
  const { pack, state, partition } = planning
  const channel = state.member(deletion.channel, deletion.by)
  if (channel.kind === 'direct')
    throw new WeftError('forbidden', 'a direct channel has exactly its two members')
  const present = channel.members.get(deletion.user)
  if (present === undefined) throw new WeftError('not_found', 'no such member')
  const isLeaving = deletion.by === deletion.user
  if (
    !isLeaving &&
    (rankOf(channel, deletion.by) < RANK.admin || RANK[present.role] > rankOf(channel, deletion.by))
  )
    throw new WeftError('forbidden', 'only an owner or admin removes others')
  const op = isLeaving ? 'left' : 'removed'
  writeChange(channel, deletion.by, { op, user: deletion.user }, planning)
  if (present.role === 'owner') passOwnership(channel, deletion.by, planning)
  pack.committed(() => deletion.resolve({ pack: pack.number, partition }))
}

/** A group keeps an owner: when the last one goes, the longest-standing admin or else member follows. */
function passOwnership(channel: Channel, by: UserId, planning: Planning): void {
  const members = [...channel.members]
  if (members.some(([, { role }]) => role === 'owner')) return
  const heir = members.find(([, { role }]) => role === 'admin') ?? members[0]
  if (heir !== undefined) writeChange(channel, by, { op: 'role', user: heir[0], role: 'owner' }, planning)
}
