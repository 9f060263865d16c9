import { channelsList } from '../../../shared/fabric/calls.ts'
import { channelIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { channelViews } from './channel-views.ts'
import { afterOf, nextAfter } from './page-cursor.ts'
import type { Route } from './types.ts'

export const listChannels: Route<'listChannels'> = async ({ directory }, { identity, query }) => {
  const { user } = identity
  const after = afterOf(channelIdSchema, query.cursor)
  const { channels, more } = await directory.callStorage(channelsList, {
    user,
    after,
    limit: query.limit ?? PAGE_DEFAULT,
    positions: [],
    wait_ms: 0,
  })
  const items = await channelViews(directory, user, channels, query.last === '1')
  return { status: 200, body: { items, next: nextAfter(channels.at(-1)?.id, more) } }
}
