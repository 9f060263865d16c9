import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { MAX_WATCHES_PER_FRAME } from '../../../shared/protocol/limits.ts'
import type { FrameHandler } from './types.ts'

/** The present state of some people, and what changes of it from then on. */
export const watch: FrameHandler<'watch'> = async (context, session, { identity }, { id, users }) => {
  checkCount(users)
  const presence = await context.presence.watches.watch(session, identity.user, users)
  session.frame({ t: 'ok', id, presence })
}

export const unwatch: FrameHandler<'unwatch'> = (context, session, { identity }, { id, users }) => {
  checkCount(users)
  context.presence.watches.unwatch(session, identity.user, users)
  session.frame({ t: 'ok', id, presence: [] })
}

/** @throws `too_large` */
function checkCount(users: readonly UserId[]): void {
  if (users.length > MAX_WATCHES_PER_FRAME)
    throw new WeftError('too_large', `users: at most ${MAX_WATCHES_PER_FRAME} at once`)
}
