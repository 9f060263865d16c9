import { bansList } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted, userIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { afterOf, nextAfter } from './page-cursor.ts'
import type { Route } from './types.ts'

export const listBans: Route<'listBans'> = async ({ directory }, { identity, params, query }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const { bans, more } = await directory.callOwner(bansList, 'log', channel, {
    channel,
    user: identity.user,
    after: afterOf(userIdSchema, query.cursor),
    limit: query.limit ?? PAGE_DEFAULT,
  })
  const items = bans.map(({ at, ...ban }) => ({ ...ban, at: isoTime(at) }))
  return { status: 200, body: { items, next: nextAfter(bans.at(-1)?.user, more) } }
}
