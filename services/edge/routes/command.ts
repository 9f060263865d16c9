import { ERRORS, toWeftError, WeftError } from '../../../shared/protocol/errors.ts'
import { commandType, needsSession, onCommand, sessionOf } from '../frames/command.ts'
import { idIn } from '../frames/index.ts'
import { errorFrame, type Session } from '../session/session.ts'
import { deviceOf, sessionHeader } from '../transports/headers.ts'
import { type Route, type RouteAnswer, rawBody } from './types.ts'

/**
 * One frame, served as a socket's would be; a refusal is an `error` frame too, with its code's status. What is wrong with
 * it counts for the session that it names, whose stream ends as a socket would.
 */
export const command: Route<'command'> = async (context, { identity, query, body, header }) => {
  const id = idIn(body)
  let session: Session | null = null
  try {
    const named = sessionHeader(header)
    const device = deviceOf(query.device)
    if (context.revocations.isRemoved(identity, device))
      throw new WeftError('unauthenticated', 'this device was removed')
    const from = named === null ? null : sessionOf(context, named, identity.user)
    session = from?.session ?? null
    if (session !== null && session.transport !== 'websocket') session.heard()
    const t = commandType(body)
    if (from === null && needsSession(t))
      throw new WeftError('bad_frame', `Weft-Session: ${t} belongs to a session; name it in this header`)
    const reply = await onCommand(context, from ?? context.commands.of(identity, device), t, body)
    if (reply === null) return { status: 204 }
    return answerOf(reply.error, reply.text)
  } catch (error) {
    const refusal = toWeftError(error)
    if (!(error instanceof WeftError)) context.log.error({ err: error }, 'a command failed unexpectedly')
    if (refusal.code === 'bad_frame') session?.countBadFrame()
    return answerOf(refusal, errorFrame(id, refusal))
  }
}

function answerOf(error: WeftError | null, text: string): RouteAnswer {
  const retryAfter = error?.retryAfter
  return {
    status: error === null ? 200 : ERRORS[error.code].status,
    body: { [rawBody]: Buffer.from(text) },
    ...(retryAfter === undefined ? {} : { headers: [['retry-after', String(Math.ceil(retryAfter))]] }),
  }
}
