import { type Mentions, NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { Body, MentionAll } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from '../../../shared/protocol/limits.ts'
import type { SendRequest } from '../session/sends.ts'
import { forwardedFrom, type Place } from './forward.ts'
import type { FrameHandler, FrameOf } from './types.ts'

export const send: FrameHandler<'send'> = (context, session, greeted, frame) => {
  const { id, channel, body, forward } = frame
  if (frame.ack === 'global') throw unavailable('ack: no second region is configured here', 60)
  if (forward !== undefined) {
    context.typing.sent(session, channel)
    const look = () => forwarding(frame, forward)
    return context.sends.forward({ session, greeted, id, channel, bytes: 0, look })
  }
  if (body === undefined) throw new WeftError('bad_frame', 'body: is missing')
  // One pass makes the bytes that the log, the queues and every reader will hold.
  const content = contentOf(frame, body)
  checkSize(body, content)
  context.typing.sent(session, channel)
  context.sends.send(session, greeted, requestOf(frame, content))

  async function forwarding(sent: Sent, source: Place): Promise<SendRequest> {
    try {
      const { user } = greeted.identity
      const found = await forwardedFrom(context.directory, user, source, channel)
      const made = contentOf(sent, found.body)
      checkSize(found.body, made)
      return requestOf(sent, `${made},"forwarded":${JSON.stringify(found.forwarded)}`)
    } catch (error) {
      if (!(error instanceof WeftError) || error.shouldRetry()) throw error
      // It may have been sent before, when there still was something to forward: its owner knows.
      return { ...requestOf(sent, ''), refusal: error }
    }
  }
}

type Sent = FrameOf<'send'>

/** `"body":…` and the optional fields, as JSON without braces. */
const contentOf = ({ reply_to, quote, mentions, mention_all }: Sent, body: Body): string =>
  JSON.stringify({ body, reply_to, quote, mentions, mention_all }).slice(1, -1)

const requestOf = (frame: Sent, content: string): SendRequest => ({
  id: frame.id,
  channel: frame.channel,
  cid: frame.cid,
  replyTo: frame.reply_to ?? 0,
  mentions: mentionsOf(frame.mentions, frame.mention_all),
  content,
})

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
