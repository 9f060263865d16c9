import type { FrameHandler } from './types.ts'

/** How present this device is: the user is as present as the most present of theirs. */
export const presence: FrameHandler<'presence'> = (context, session, _greeted, { id, status, text }) => {
  context.presence.say(session, status, text ?? '')
  session.frame({ t: 'ok', id })
}

/** Whether the device shows the client: one in the background is away. */
export const state: FrameHandler<'state'> = (context, session, _greeted, { id, foreground }) => {
  context.presence.foreground(session, foreground)
  if (id !== undefined) session.frame({ t: 'ok', id })
}
