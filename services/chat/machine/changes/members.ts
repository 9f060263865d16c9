import type { MemberChange, Role } from '../../../../shared/fabric/wire/changes/members.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'

/** Former members remembered; with the members, they must fit a page of a snapshot. */
const FORMER_MAX = 1_000

export function applyMemberChange(channel: Channel, record: ChannelRecord, change: MemberChange): void {
  const { members } = channel
  channel.membersChanged()
  switch (change.op) {
    case 'created':
      for (const { user, role } of change.members) members.set(user, { role, joined: 0, sent: 0 })
      if (change.settings !== undefined) channel.set(change.settings)
      return
    case 'joined':
      members.set(change.user, { role: change.role, joined: change.head, sent: 0 })
      channel.former.delete(change.user)
      if (change.invite !== undefined) channel.invites?.used(change.invite)
      return
    case 'joined-many':
      members.addAll(change.users, { role: change.role, joined: change.head })
      for (const user of change.users) channel.former.delete(user)
      return
    case 'role':
      return setRole(channel, change.user, change.role)
    case 'transferred':
      setRole(channel, change.user, 'owner')
      return setRole(channel, record.by, 'admin')
    case 'left':
    case 'removed':
      return remove(channel, change.user)
    case 'banned': {
      const { user, member } = change
      const wasMember = member || channel.former.has(user)
      if (member) remove(channel, user)
      channel.invites?.removeOf(user)
      channel.bans.set(user, { by: record.by, at: record.at, wasMember })
      return
    }
    case 'unbanned':
      channel.bans.delete(change.user)
  }
}

function setRole({ members }: Channel, user: UserId, role: Role): void {
  const member = members.get(user)
  if (member !== undefined) members.set(user, { ...member, role })
}

function remove(channel: Channel, user: UserId): void {
  const { members, former } = channel
  members.delete(user)
  channel.unmark(user)
  former.add(user)
  for (const oldest of former) {
    if (former.size <= FORMER_MAX) break
    former.delete(oldest)
  }
}
