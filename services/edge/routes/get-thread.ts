import { threadsOfChannel } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { noSuchThread, recentThreadMarks, threadJson, threadOfPath, threadsReached } from './thread-views.ts'
import { type Route, rawBody } from './types.ts'

/** One thread; a message without replies began none. */
export const getThread: Route<'getThread'> = async ({ directory }, { identity, params }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const { joined, pinned } = await threadsReached(directory, user, channel)
  const marks = await recentThreadMarks(directory, user)
  const only = threadOfPath(params.thread)
  const asked = { channel, user, joined, marks, before: null, only, limit: 1 }
  const [thread] = (await directory.callStorage(threadsOfChannel, asked)).threads
  if (thread === undefined) throw noSuchThread()
  return { status: 200, body: { [rawBody]: Buffer.from(`{"thread":${threadJson(thread, pinned)}}`) } }
}
