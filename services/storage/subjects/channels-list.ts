import type { channelsList } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const channelsListOperation: Operation<typeof channelsList> =
  ({ store, progress }) =>
  async ({ user, after, limit, positions, wait_ms }) => {
    await progress.reached(positions, wait_ms)
    const channels = await store.channelsOf(user, after, limit + 1)
    return { channels: channels.slice(0, limit), more: channels.length > limit }
  }
