import { POLL_DEFAULT_S } from '../../../shared/protocol/http/transports.ts'
import { deviceOf, sessionHeader } from '../transports/headers.ts'
import { type Route, rawBody } from './types.ts'

export const poll: Route<'poll'> = async (context, { identity, query, header, onAborted }) => {
  const answer = await context.polls.poll(context, {
    identity,
    device: deviceOf(query.device),
    cursor: query.cursor ?? null,
    session: sessionHeader(header),
    waitMs: (query.wait ?? POLL_DEFAULT_S) * 1000,
    onAborted,
  })
  const cursor = JSON.stringify(answer.cursor)
  const body = `{"frames":[${answer.frames.join(',')}],"cursor":${cursor},"session":"${answer.session}"}`
  return { status: 200, body: { [rawBody]: Buffer.from(body) } }
}
