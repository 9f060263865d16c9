import { WeftError } from '../../../shared/protocol/errors.ts'
import { flawIn } from '../../../shared/protocol/flaws.ts'
import { type ClientFrameType, clientFrames } from '../../../shared/protocol/frames.ts'
import type { SessionId } from '../../../shared/protocol/ids.ts'
import type { EdgeContext } from '../context.ts'
import { metrics } from '../metrics.ts'
import type { Reply } from '../session/replies.ts'
import type { Greeted, Session } from '../session/session.ts'
import { explain, isFrameType, serve } from './index.ts'

/** What belongs to a session: without one it would have no effect. */
const OF_A_SESSION: ReadonlySet<ClientFrameType> = new Set([
  'sync',
  'received',
  'typing',
  'presence',
  'state',
  'watch',
  'unwatch',
  'open',
  'close',
  'pong',
])

/** What has no answer, even where it has a number; a `sync`’s answer is its events. */
const UNANSWERED: ReadonlySet<ClientFrameType> = new Set(['sync', 'received', 'typing', 'pong'])

const bad = (message: string) => new WeftError('bad_frame', message)

/** The type of a command. @throws `bad_frame` */
export function commandType(given: unknown): ClientFrameType {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw bad('a command is one frame: a JSON object')
  const flaw = flawIn(given)
  if (flaw !== undefined) throw bad(flaw)
  const t = 't' in given ? given.t : undefined
  if (!isFrameType(t)) throw bad(t === undefined ? 't: is missing' : 't: is not a known frame')
  if (t === 'hello') throw bad('t: hello is a WebSocket’s; open GET /v1/events or /v1/poll')
  return t
}

export const needsSession = (t: ClientFrameType): boolean => OF_A_SESSION.has(t)

/**
 * Serves a frame that came over HTTP. Null where there is no answer; what follows comes by the session's stream.
 * @throws what the frame is refused with
 */
export async function onCommand(
  context: EdgeContext,
  { session, greeted }: { readonly session: Session; readonly greeted: Greeted },
  t: ClientFrameType,
  given: unknown,
): Promise<Reply | null> {
  metrics.frames.inc({ t })
  const parsed = clientFrames[t].safeParse(given)
  if (!parsed.success) throw bad(explain(parsed.error))
  const frame = parsed.data
  if (frame.id === undefined || UNANSWERED.has(t)) {
    await serve(context, session, greeted, frame)
    return null
  }
  // What is refused at once is told by throwing; what is served is told by its answer.
  return session.replies.serve(frame.id, (id) => serve(context, session, greeted, { ...frame, id }))
}

/** The session that a command names. @throws `not_found` if it isn't there (any more) */
export function sessionOf({ sessions }: EdgeContext, id: SessionId, user: Greeted['identity']['user']) {
  const session = sessions.byId(id)
  const greeted = session?.greeted ?? null
  if (session === undefined || session.closed || greeted === null || greeted.identity.user !== user)
    throw new WeftError('not_found', 'Weft-Session: no such session at this edge; open the stream again')
  return { session, greeted }
}
