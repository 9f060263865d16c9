import { changesList, channelReach } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { storeHas } from './history-page.ts'
import { type Route, rawBody } from './types.ts'

/** What changed in a channel, beside its new messages: the events in the order of `rev`. */
export const listChanges: Route<'listChanges'> = async ({ directory }, { identity, params, query }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const limit = query.limit ?? PAGE_DEFAULT
  const { pack } = await directory.callOwner(channelReach, 'log', channel, { channel, user })
  await storeHas(directory, channel, pack)
  const { events, next } = await directory.callStorage(changesList, {
    channel,
    after_rev: query.after_rev,
    limit,
  })
  const items = `[${events.join(',')}]`
  return {
    status: 200,
    body: { [rawBody]: Buffer.from(`{"items":${items},"next":${JSON.stringify(next)}}`) },
  }
}
