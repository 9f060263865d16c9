import { toWeftError, WeftError } from '../../../shared/protocol/errors.ts'
import type { EdgeContext } from '../context.ts'
import { formatCursor, parseCursor } from '../session/cursor.ts'
import type { Session } from '../session/session.ts'
import type { FrameOf } from './types.ts'

/** Who is there, and where their queue goes on: the first frame of a connection. */
export async function hello(context: EdgeContext, session: Session, frame: FrameOf<'hello'>): Promise<void> {
  const { config, fabric, tokens, revocations, sessions, registrar, edge } = context
  const cursor = frame.cursor === undefined ? null : parseCursor(frame.cursor)
  session.greeting = true
  try {
    if (registrar.full) throw new WeftError('unavailable', 'this edge is at its limit; try another')
    const identity = await tokens.verify(frame.token)
    if (session.closed) return
    if (revocations.isRemoved(identity, frame.device))
      throw new WeftError('unauthenticated', 'this device was removed')
    if (revocations.isRevoked(identity.family))
      throw new WeftError('unauthenticated', 'this log-in was ended')
    sessions.greet(session, identity, frame.device)
    registrar.catchUp(session, {
      why: 'hello',
      cursor,
      welcome: (head) =>
        session.frame({
          t: 'welcome',
          id: frame.id,
          user: identity.user,
          device: frame.device,
          session: session.id,
          region: fabric.region,
          edge,
          heartbeat: config.heartbeatMs / 1000,
          cursor: formatCursor(head),
        }),
    })
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
