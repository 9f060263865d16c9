import type { z } from 'zod'
import { channelsPublic } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { channelIdSchema } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import type { Route } from './types.ts'

type Place = { readonly word: string; readonly channel: z.infer<typeof channelIdSchema> }

export const listPublicChannels: Route<'listPublicChannels'> = async ({ directory }, { query }) => {
  const { items, next } = await directory.callStorage(channelsPublic, {
    query: query.q ?? '',
    after: query.cursor === undefined ? null : placeOf(query.cursor),
    limit: query.limit ?? PAGE_DEFAULT,
  })
  return { status: 200, body: { items, next: next === null ? null : cursorOf(next) } }
}

/** A word may hold any letter, a cursor may not. */
const cursorOf = ({ word, channel }: Place): string =>
  Buffer.from(`${channel}\n${word}`).toString('base64url')

/** @throws `bad_frame` if it isn't a `next` of ours. */
function placeOf(cursor: string): Place {
  const text = Buffer.from(cursor, 'base64url').toString()
  const end = text.indexOf('\n')
  const channel = channelIdSchema.safeParse(text.slice(0, Math.max(0, end)))
  if (!channel.success) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return { channel: channel.data, word: text.slice(end + 1) }
}
