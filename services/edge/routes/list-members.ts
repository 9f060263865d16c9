import { channelMembers, usersGet } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted, userIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import type { Route } from './types.ts'

export const listMembers: Route<'listMembers'> = async ({ directory }, { identity, params, query }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const after = query.cursor === undefined ? null : userIdSchema.safeParse(query.cursor)
  if (after?.success === false)
    throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  const { members, more } = await directory.callOwner(channelMembers, 'log', channel, {
    channel,
    user: identity.user,
    after: after?.data ?? null,
    limit: query.limit ?? PAGE_DEFAULT,
  })
  const { users } = await directory.callStorage(usersGet, { ids: members.map(({ user }) => user) })
  const profiles = new Map(users.map((user) => [user.id, user]))
  const items = members.map(({ user, role }) => ({
    // A customer's user may be a member before their first use.
    user: profiles.get(user) ?? { id: user, name: user, display_name: user, avatar: null },
    role,
  }))
  return { status: 200, body: { items, next: more ? (members.at(-1)?.user ?? null) : null } }
}
