import { channelInfo, readMark } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { FrameHandler } from './types.ts'

/** This user has read up to a seq, on every device. */
export const read: FrameHandler<'read'> = async ({ directory }, session, { identity }, frame) => {
  const { channel, seq, id } = frame
  const { user } = identity
  const { head } = await directory.callOwner(channelInfo, 'log', channel, { channel, user })
  if (seq > head) throw new WeftError('bad_frame', `seq: the channel's newest message is ${head}`)
  await directory.callOwner(readMark, 'sync', user, { user, channel, seq })
  session.frame({ t: 'ok', id })
}
