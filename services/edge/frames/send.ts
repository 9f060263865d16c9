import { type Mentions, NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { Body, MentionAll } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from '../../../shared/protocol/limits.ts'
import type { FrameHandler } from './types.ts'

export const send: FrameHandler<'send'> = (context, session, greeted, frame) => {
  const { id, channel, cid, body, reply_to, mentions, mention_all } = frame
  if (frame.ack === 'global') throw unavailable('ack: no second region is configured here', 60)
  // One pass makes the bytes that the log, the queues and every reader will hold.
  const content = JSON.stringify({ body, reply_to, mentions, mention_all }).slice(1, -1)
  checkSize(body, content)
  context.typing.sent(session, channel)
  context.sends.send(session, greeted, {
    id,
    channel,
    cid,
    replyTo: reply_to ?? 0,
    mentions: mentionsOf(mentions, mention_all),
    content,
  })
}

/** @throws `too_large` */
export function checkSize(body: Body, content: string): void {
  const text = typeof body === 'string' ? body : body.text
  if (
    typeof text === 'string' &&
    text.length * 3 > MAX_TEXT_BYTES &&
    Buffer.byteLength(text) > MAX_TEXT_BYTES
  )
    throw new WeftError('too_large', `body: a text has at most ${MAX_TEXT_BYTES} bytes`)
  if (content.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(content) > MAX_BODY_BYTES)
    throw new WeftError('too_large', `body: has at most ${MAX_BODY_BYTES} bytes as JSON`)
}

const mentionsOf = (users: readonly UserId[] = [], all: MentionAll | null = null): Mentions =>
  users.length === 0 && all === null ? NO_MENTIONS : { users, all }
