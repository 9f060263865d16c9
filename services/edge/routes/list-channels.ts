import { channelsList } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { channelIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { channelViews } from './channel-views.ts'
import type { Route } from './types.ts'

export const listChannels: Route<'listChannels'> = async ({ directory }, { identity, query }) => {
  const { user } = identity
  const after = query.cursor === undefined ? null : channelIdSchema.safeParse(query.cursor)
  if (after?.success === false)
    throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  const { channels, more } = await directory.callStorage(channelsList, {
    user,
    after: after?.data ?? null,
    limit: query.limit ?? PAGE_DEFAULT,
    positions: [],
    wait_ms: 0,
  })
  const items = await channelViews(directory, user, channels, query.last === '1')
  return { status: 200, body: { items, next: more ? (channels.at(-1)?.id ?? null) : null } }
}
