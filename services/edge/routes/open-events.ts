import { parseCursor } from '../session/cursor.ts'
import { greet, mayGreet } from '../transports/greet.ts'
import { deviceOf } from '../transports/headers.ts'
import { SseSocket } from '../transports/sse-socket.ts'
import type { Route } from './types.ts'

/** After the stream was cut, a browser's EventSource tries again after this (ms). */
const RETRY_MS = 2_000
const BEGIN = Buffer.from(`retry: ${RETRY_MS}\n\n`)

export const openEvents: Route<'openEvents'> = (context, { identity, query, header }) => {
  const given = header('last-event-id') || query.cursor
  const cursor = given === undefined ? null : parseCursor(given)
  const device = deviceOf(query.device)
  mayGreet(context, identity, device)
  const refused = context.refuse()
  if (refused !== null) throw refused
  return {
    status: 200,
    headers: [
      ['content-type', 'text/event-stream; charset=utf-8'],
      // Proxies that know this don't gather what has to go out at once.
      ['x-accel-buffering', 'no'],
    ],
    stream: (stream) => {
      stream.write(BEGIN)
      const { session, handler } = context.openSession(new SseSocket(stream), 'sse')
      greet(context, session, { identity, device }, cursor)
      return handler
    },
  }
}
