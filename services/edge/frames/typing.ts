import { typingMay } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { FrameHandler } from './types.ts'

/** There is no answer; what was wrong is told to one who gave an id. */
export const typing: FrameHandler<'typing'> = (context, session, { identity }, { id, channel, on }) => {
  const { told, waitSeconds } = context.typing.say(session, channel, on)
  if (id === undefined) return
  if (waitSeconds > 0)
    throw new WeftError('rate_limited', 'too many signs of typing', { retryAfter: waitSeconds })
  return told ? check() : undefined

  async function check(): Promise<void> {
    try {
      await context.directory.callOwner(typingMay, 'log', channel, { channel, user: identity.user })
    } catch (error) {
      context.typing.refused(session, channel)
      throw error
    }
  }
}
