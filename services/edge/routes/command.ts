import { ERRORS, toWeftError, WeftError } from '../../../shared/protocol/errors.ts'
import { commandType, needsSession, onCommand, sessionOf } from '../frames/command.ts'
import { errorFrame } from '../session/session.ts'
import { deviceOf, sessionHeader } from '../transports/headers.ts'
import { type Route, type RouteAnswer, rawBody } from './types.ts'

/** One frame, served as a socket's would be; a refusal is an `error` frame too, with its code's status. */
export const command: Route<'command'> = async (context, { identity, query, body, header }) => {
  const id = typeof body['id'] === 'number' && Number.isSafeInteger(body['id']) ? body['id'] : undefined
  try {
    const t = commandType(body)
    const named = sessionHeader(header)
    if (named === null && needsSession(t))
      throw new WeftError('bad_frame', `Weft-Session: ${t} belongs to a session; name it in this header`)
    const device = deviceOf(query.device)
    if (context.revocations.isRemoved(identity, device))
      throw new WeftError('unauthenticated', 'this device was removed')
    const from =
      named === null ? context.commands.of(identity, device) : sessionOf(context, named, identity.user)
    if (from.session.transport !== 'websocket') from.session.heard()
    const reply = await onCommand(context, from, t, body)
    if (reply === null) return { status: 204 }
    return answerOf(reply.error, reply.text)
  } catch (error) {
    const refusal = toWeftError(error)
    if (!(error instanceof WeftError)) context.log.error({ err: error }, 'a command failed unexpectedly')
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
