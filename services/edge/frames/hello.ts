import { toWeftError } from '../../../shared/protocol/errors.ts'
import type { EdgeContext } from '../context.ts'
import { parseCursor } from '../session/cursor.ts'
import type { Session } from '../session/session.ts'
import { greet, mayGreet } from '../transports/greet.ts'
import type { FrameOf } from './types.ts'

/** Who is there, and where their queue goes on: the first frame of a connection. */
export async function hello(context: EdgeContext, session: Session, frame: FrameOf<'hello'>): Promise<void> {
  const { tokens } = context
  const cursor = frame.cursor === undefined ? null : parseCursor(frame.cursor)
  session.greeting = true
  try {
    const identity = await tokens.verify(frame.token)
    if (session.closed) return
    mayGreet(context, identity, frame.device)
    greet(context, session, { identity, device: frame.device }, cursor, frame.id)
  } catch (error) {
    const refusal = toWeftError(error)
    session.error(frame.id, refusal)
    session.close(refusal.code === 'unauthenticated' ? 'UNAUTHENTICATED' : 'TRY_AGAIN_LATER')
  } finally {
    session.greeting = false
    const { held } = session
    session.held = []
    session.heldBytes = 0
    if (!session.closed) for (const handle of held) handle()
  }
}
