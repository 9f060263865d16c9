import type { MemberChange } from '../../../../shared/fabric/wire/changes/members.ts'
import type { Channel } from '../channel.ts'

/** Former members remembered; with the members, they must fit a page of a snapshot. */
const FORMER_MAX = 1_000

export function applyMemberChange(channel: Channel, change: MemberChange): void {
  const { members, former } = channel
  channel.membersChanged()
  switch (change.op) {
    case 'created':
      for (const { user, role } of change.members) members.set(user, { role, joined: 0, sent: 0 })
      return
    case 'joined':
      members.set(change.user, { role: change.role, joined: change.head, sent: 0 })
      former.delete(change.user)
      return
    case 'joined-many':
      members.addAll(change.users, { role: change.role, joined: change.head })
      for (const user of change.users) former.delete(user)
      return
    case 'role': {
      const member = members.get(change.user)
      if (member !== undefined) members.set(change.user, { ...member, role: change.role })
      return
    }
    case 'left':
    case 'removed':
      members.delete(change.user)
      former.add(change.user)
      for (const oldest of former) {
        if (former.size <= FORMER_MAX) break
        former.delete(oldest)
      }
  }
}
