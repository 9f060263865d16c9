import type { FrameHandler } from './types.ts'

/** Live events of a channel, from a place on. */
export const open: FrameHandler<'open'> = ({ opens }, session, greeted, frame) => {
  const { id, channel, after, after_rev } = frame
  opens.open(session, greeted, id, channel, { after: after ?? null, afterRev: after_rev ?? null })
}

/** No more of them. */
export const close: FrameHandler<'close'> = ({ opens }, session, _greeted, { id, channel }) => {
  opens.close(session, channel)
  session.frame({ t: 'ok', id })
}
