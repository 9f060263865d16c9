import { pinsList } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { Message } from '../../../shared/protocol/events.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { historyPage } from './history-page.ts'
import type { Route } from './types.ts'

const NEXT = /^before:(\d{1,15})$/

/** Their messages as they are now, each read as history is. */
export const listPins: Route<'listPins'> = async ({ directory }, { identity, params, query }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const { pins, more } = await directory.callOwner(pinsList, 'log', channel, {
    channel,
    user,
    before: beforeOf(query.cursor),
    limit: query.limit ?? PAGE_DEFAULT,
  })
  const read = pins.map(async ({ seq, by, at }) => {
    const { messages } = await historyPage(directory, { channel, user, after: seq - 1, limit: 1 })
    const [bytes] = messages
    // The fabric made these bytes itself.
    const message = bytes === undefined ? null : (JSON.parse(Buffer.from(bytes).toString()) as Message)
    // What was deleted since is pinned no longer.
    return message === null || message.deleted ? [] : [{ message, by, at: isoTime(at) }]
  })
  const last = pins.at(-1)
  const next = more && last !== undefined ? `before:${last.rev}` : null
  return { status: 200, body: { items: (await Promise.all(read)).flat(), next } }
}

function beforeOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const rev = NEXT.exec(cursor)?.[1]
  if (rev === undefined) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return Number(rev)
}
