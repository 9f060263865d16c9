import { randomBytes } from 'node:crypto'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, channelIdSchema } from '../../../shared/protocol/ids.ts'

const SECRET_BYTES = 16
/** Of so many bytes as base64url. */
const SECRET_CHARS = 22

/** The channel, so that its owner is found without a table, and what nobody guesses. */
export const newInviteCode = (channel: ChannelId): string =>
  `${channel}${randomBytes(SECRET_BYTES).toString('base64url')}`

/** @throws `not_found`, as for a code that is none. */
export function channelOfCode(code: string): ChannelId {
  const channel = channelIdSchema.safeParse(code.slice(0, -SECRET_CHARS))
  if (!channel.success) throw new WeftError('not_found', 'no such invite')
  return channel.data
}
