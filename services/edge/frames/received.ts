import { received as receivedCall } from '../../../shared/fabric/calls.ts'
import { type Cursor, parseCursor } from '../session/cursor.ts'
import type { Session } from '../session/session.ts'
import type { FrameHandler } from './types.ts'

/** A device may say so with every event: the owner is told the newest of it, this often at most (ms). */
const TELL_EVERY_MS = 1_000

/** What is still to be told, by session; null while one has just been told. */
const told = new WeakMap<Session, { next: Cursor | null }>()

/** This device holds everything up to the cursor. There is no answer. */
export const received: FrameHandler<'received'> = (
  { directory, log },
  session,
  { identity, device },
  frame,
) => {
  const cursor = parseCursor(frame.cursor)
  // Another queue's cursor, or one that was never sent, says nothing.
  if (cursor.epoch !== session.feed.epoch || cursor.n > session.feed.last) return
  const pending = told.get(session)
  if (pending !== undefined) {
    pending.next = cursor
    return
  }
  const { user } = identity
  const tell = (newest: Cursor) => {
    const state: { next: Cursor | null } = { next: null }
    told.set(session, state)
    const { epoch, n } = newest
    directory
      .callOwner(receivedCall, 'sync', user, { user, device, epoch, n })
      .catch((error: unknown) => log.debug({ err: error }, 'what a device holds could not be told'))
    setTimeout(() => {
      told.delete(session)
      if (state.next !== null && !session.closed) tell(state.next)
    }, TELL_EVERY_MS)
  }
  tell(cursor)
}
