import type { Role } from '../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'
import type { Create, DeleteMember, PutMember } from './commands.ts'
import { planJoin } from './plan-join.ts'
import { type Planning, tooMany, writeChange } from './planning.ts'
import { mustBeActive } from './requests/active.ts'
import { mustAdd } from './requests/add.ts'
import { mustNotBeBanned } from './requests/bans.ts'
import { mustBeNamed } from './requests/settings.ts'
import { may, RANK, rankOf } from './roles.ts'
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
  const { kind, name, settings } = create
  if (settings !== undefined) mustBeNamed({ ...settings, name })
  const channel = state.create(create.channel, kind, name)
  const created = { op: 'created', kind, name, members } as const
  writeChange(channel, create.by, settings === undefined ? created : { ...created, settings }, planning)
  pack.committed(() =>
    create.resolve({
      channel: viewOf(channel, create.by, pack.lineage),
      pack: pack.number,
      partition,
      created: true,
    }),
  )
}

/** In a direct channel both are equals. */
const roleAtCreation = (create: Create, user: UserId): Role =>
  user === create.by && create.kind !== 'direct' ? 'owner' : 'member'

export function planPutMember(put: PutMember, planning: Planning): void {
  const { pack, state, partition } = planning
  if (put.user === put.by && !state.channels.get(put.channel)?.members.has(put.by))
    return planJoin(put, planning)
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
    mustAdd(channel, put.by)
    mustNotBeBanned(channel, [put.user])
    mustBeActive(channel)
    if (channel.members.size >= planning.membersMax) throw tooMany(planning)
    writeChange(channel, put.by, { op: 'joined', user: put.user, role, head: channel.head }, planning)
    return resolve(pack.number, true)
  }
  if (present.role === role) return resolve(0, false)
  if (RANK[present.role] > rankOf(channel, put.by))
    throw new WeftError('forbidden', 'their role is above yours')
  mustBeActive(channel)
  if (present.role === 'owner' && !hasOtherOwner(channel, put.user))
    throw new WeftError('conflict', 'a channel has an owner: hand it over first')
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
    (!may(channel, deletion.by, 'remove') || RANK[present.role] > rankOf(channel, deletion.by))
  )
    throw new WeftError('forbidden', 'only who has the right to it removes others, up to their own role')
  const op = isLeaving ? 'left' : 'removed'
  writeChange(channel, deletion.by, { op, user: deletion.user }, planning)
  if (present.role === 'owner') passOwnership(channel, deletion.by, planning)
  pack.committed(() => deletion.resolve({ pack: pack.number, partition }))
}

/** A group keeps an owner: when the last one goes, the longest-standing admin or else member follows. */
function passOwnership(channel: Channel, by: UserId, planning: Planning): void {
  const members = [...channel.members]
  if (members.some(([, { role }]) => role === 'owner')) return
  const first = (wanted: Role) => members.find(([, { role }]) => role === wanted)
  const heir = first('admin') ?? first('member') ?? members[0]
  if (heir !== undefined) writeChange(channel, by, { op: 'role', user: heir[0], role: 'owner' }, planning)
}

function hasOtherOwner({ members }: Channel, than: UserId): boolean {
  for (const [user, { role }] of members) if (role === 'owner' && user !== than) return true
  return false
}
