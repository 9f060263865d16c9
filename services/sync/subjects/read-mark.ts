import type { Handler } from '../../../shared/fabric/call.ts'
import { readGet, type readMark } from '../../../shared/fabric/calls.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Moves a read mark forward; answered once that stands. A mark that isn't higher than the present one does nothing. */
export const readMarkHandler =
  (context: PartitionContext): Handler<Asked<typeof readMark>, Answer<typeof readMark>> =>
  async ({ user, channel, seq }) => {
    const { machine } = context
    const floor = machine.readMark(user, channel) ?? (await storedMark(context, user, channel))
    return machine.ask((reply) => ({ type: 'read', user, channel, seq, floor, reply }))
  }

async function storedMark(
  { directory, config, log }: PartitionContext,
  user: UserId,
  channel: ChannelId,
): Promise<number> {
  try {
    const deadlineMs = config.readMarkStoreMs
    return (await directory.callStorage(readGet, { user, channel }, { deadlineMs })).seq
  } catch (error) {
    // Reading goes on without the store: it and every client keep the highest mark that they ever saw.
    log.debug({ err: error }, 'the store was not there to say how far a channel was read')
    return 0
  }
}
