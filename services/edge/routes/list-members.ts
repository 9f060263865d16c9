import { channelMembers } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted, userIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { usersOf } from '../auth/users.ts'
import { afterOf, nextAfter } from './page-cursor.ts'
import type { Route } from './types.ts'

export const listMembers: Route<'listMembers'> = async ({ directory }, { identity, params, query }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const after = afterOf(userIdSchema, query.cursor)
  const { members, more } = await directory.callOwner(channelMembers, 'log', channel, {
    channel,
    user: identity.user,
    after,
    limit: query.limit ?? PAGE_DEFAULT,
  })
  const users = await usersOf(
    directory,
    members.map(({ user }) => user),
  )
  const profiles = new Map(users.map((user) => [user.id, user]))
  const items = members.map(({ user, role }) => ({
    // A customer's user may be a member before their first use.
    user: profiles.get(user) ?? { id: user, name: user, display_name: user, avatar: null },
    role,
  }))
  return { status: 200, body: { items, next: nextAfter(members.at(-1)?.user, more) } }
}
