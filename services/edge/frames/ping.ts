import type { FrameHandler } from './types.ts'

export const ping: FrameHandler<'ping'> = (_context, session, _greeted, { id }) =>
  session.frame({ t: 'pong', ...(id === undefined ? {} : { id }) })

/** The client has seen everything that was sent before our ping. */
export const pong: FrameHandler<'pong'> = (_context, session) => {
  if (session.pongsHeard < session.pingsSent) session.pongsHeard++
}
