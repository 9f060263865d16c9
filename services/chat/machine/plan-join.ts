import { WeftError } from '../../../shared/protocol/errors.ts'
import type { Role } from '../../../shared/protocol/rights.ts'
import type { Channel } from './channel.ts'
import type { PutMember } from './commands.ts'
import { type Planning, tooMany, writeChange } from './planning.ts'
import { mustBeActive } from './requests/active.ts'
import { mustBeInvited } from './requests/invites.ts'
import { RANK } from './roles.ts'
import { refusalTo, viewOf } from './state.ts'

/**
 * Somebody who isn't a member becomes one by themself: of a public channel, or by a link. Uses of a link are counted here, in
 * the log's order, so that never one too many gets in.
 * @throws `not_found` where there is nothing that they may know of, `forbidden`, `conflict` (archived), `too_large`
 */
export function planJoin(put: PutMember, planning: Planning): void {
  const { pack, state, partition } = planning
  const known = state.channels.get(put.channel)
  const { channel, role, invite } = admitted()
  mustBeActive(channel)
  if (put.role !== null && RANK[put.role] > RANK[role])
    throw new WeftError('forbidden', `role: who joins here is a ${role}`)
  if (channel.members.size >= planning.membersMax) throw tooMany(planning)
  const joined = { op: 'joined', user: put.by, role: roleIn(channel), head: channel.head } as const
  writeChange(channel, put.by, invite === undefined ? joined : { ...joined, invite }, planning)
  pack.committed(() =>
    put.resolve({
      channel: viewOf(channel, put.by, pack.lineage),
      pack: pack.number,
      partition,
      created: true,
    }),
  )

  /** A channel has an owner: where everyone has left, whoever comes. */
  function roleIn({ members }: Channel): Role {
    return members.size === 0 ? 'owner' : (put.role ?? role)
  }

  function admitted() {
    if (put.invite !== undefined) {
      const by = mustBeInvited(known, put.invite, put.by, pack.now)
      return { channel: by.channel, role: by.invite.role, invite: put.invite }
    }
    if (known?.settings.public !== true || known.bans.has(put.by)) throw refusalTo(known, put.by)
    return { channel: known, role: 'member' as const, invite: undefined }
  }
}
