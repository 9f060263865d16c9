import { channelChange } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import { isEmoji } from '../../../shared/protocol/emoji.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'
import type { EdgeContext } from '../context.ts'
import type { Greeted, Session } from '../session/session.ts'
import { checkSize } from './send.ts'
import type { FrameHandler } from './types.ts'

/** Another body for a message of one's own. */
export const edit: FrameHandler<'edit'> = (
  context,
  session,
  greeted,
  { id, channel, seq, body, mentions },
) => {
  checkSize(body, JSON.stringify(body))
  const request = {
    op: 'edit',
    seq: mustBe(seq),
    body,
    ...(mentions === undefined ? {} : { mentions }),
  } as const
  return change(context, session, greeted, id, channel, request)
}

/** The message keeps its place; its body is gone, for everyone. */
export const deleteMessage: FrameHandler<'delete'> = (context, session, greeted, { id, channel, seq }) =>
  change(context, session, greeted, id, channel, { op: 'delete', seq: mustBe(seq) })

export const react: FrameHandler<'react'> = (context, session, greeted, { id, channel, seq, emoji, on }) => {
  if (!isEmoji(emoji)) throw new WeftError('bad_frame', 'emoji: must be one emoji, or the name of one')
  return change(context, session, greeted, id, channel, { op: 'react', seq: mustBe(seq), emoji, on })
}

/** Kept at hand for everyone in the channel. */
export const pin: FrameHandler<'pin'> = (context, session, greeted, { id, channel, seq, on }) =>
  change(context, session, greeted, id, channel, { op: 'pin', seq: mustBe(seq), on })

async function change(
  { directory }: EdgeContext,
  session: Session,
  { identity }: Greeted,
  id: number,
  channel: ChannelId,
  request: ChannelRequest,
): Promise<void> {
  session.takeWrite()
  await directory.callOwner(channelChange, 'log', channel, { channel, by: identity.user, request })
  session.frame({ t: 'ok', id })
}

function mustBe(seq: number): number {
  if (seq < 1) throw new WeftError('not_found', 'seq: no such message')
  return seq
}
