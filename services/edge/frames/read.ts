import { channelInfo, readMark, threadRoot } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { changeMine } from '../routes/my-state.ts'
import type { FrameHandler } from './types.ts'

/** This user has read up to a seq, on every device; with `thread`, in that thread alone. */
export const read: FrameHandler<'read'> = async ({ directory }, session, { identity }, frame) => {
  const { channel, seq, thread, id } = frame
  const { user } = identity
  session.takeWrite()
  const { head } =
    thread === undefined
      ? await directory.callOwner(channelInfo, 'log', channel, { channel, user })
      : await directory.callOwner(threadRoot, 'log', channel, { channel, user, thread })
  if (seq > head) throw new WeftError('bad_frame', `seq: the channel's newest message is ${head}`)
  if (thread === undefined) await directory.callOwner(readMark, 'sync', user, { user, channel, seq })
  else await changeMine(directory, user, { op: 'thread-read', channel, thread, seq })
  session.frame({ t: 'ok', id })
}
