import { type Call, type Handler, SILENT, serve } from '../../../shared/fabric/call.ts'
import {
  blockersOf,
  channelHeads,
  presenceAudience,
  profilePut,
  queueHead,
  readMark,
  received,
  recentReads,
  register,
  unregister,
  userChange,
  userState,
} from '../../../shared/fabric/calls.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import { gauge } from '../../../shared/metrics/metrics.ts'
import type { PartitionContext } from '../context.ts'
import { blockersHandler } from './blockers.ts'
import { onBundle } from './bundle.ts'
import { channelHeadsHandler } from './channel-heads.ts'
import { onConfirmed } from './confirmed.ts'
import { onEdgeAlive } from './edge-alive.ts'
import { onPassing } from './passing.ts'
import { presenceAudienceHandler } from './presence-audience.ts'
import { profilePutHandler } from './profile-put.ts'
import { queueHeadHandler } from './queue-head.ts'
import { readMarkHandler } from './read-mark.ts'
import { readRecentHandler } from './read-recent.ts'
import { receivedHandler } from './received.ts'
import { registerHandler } from './register.ts'
import { startReceipts } from './tell-receipts.ts'
import { unregisterHandler } from './unregister.ts'
import { userChangeHandler } from './user-change.ts'
import { userStateHandler } from './user-state.ts'

const sessions = gauge('weft_sync_sessions', 'Sessions that are registered with a SYNC partition', [
  'partition',
])
const memory = gauge('weft_sync_memory_bytes', 'Events of a SYNC partition in memory', ['partition'])

/** Everything that the owner of a SYNC partition listens to, for the time of its tenure. Returns the way to stop. */
export function openSubjects(context: PartitionContext): () => void {
  const { fabric, ref, tenure, machine, config } = context
  const { region, partition } = ref
  const { post } = fabric
  const log = context.log.child(ref)
  const closers = [
    answer(context, register, registerHandler(context)),
    answer(context, unregister, unregisterHandler(context)),
    answer(context, queueHead, queueHeadHandler(context)),
    answer(context, readMark, readMarkHandler(context)),
    answer(context, recentReads, readRecentHandler(context)),
    answer(context, profilePut, profilePutHandler(context)),
    answer(context, channelHeads, channelHeadsHandler(context)),
    answer(context, userChange, userChangeHandler(context)),
    answer(context, userState, userStateHandler(context)),
    answer(context, blockersOf, blockersHandler(context)),
    answer(context, received, receivedHandler(context)),
    startReceipts(context),
    answer(context, presenceAudience, presenceAudienceHandler(context)),
    post.listen(subjects.bundle(region, partition, tenure.term), log, onBundle(context)),
    post.listen(subjects.passing(region, partition, tenure.term), log, onPassing(context)),
    post.follow(subjects.confirmed(ref), log, onConfirmed(context)),
    post.follow(subjects.edgeAlive(region), log, onEdgeAlive(context)),
  ]
  const beat = setInterval(() => {
    machine.beat()
    const stats = machine.stats()
    sessions.set({ partition }, stats.sessions)
    memory.set({ partition }, stats.memoryBytes)
  }, config.beatMs)
  return () => {
    clearInterval(beat)
    for (const close of closers) close()
  }
}

/** A stale owner is silent: it neither answers nor refuses once its lease has run out. */
function answer<Request, Response>(
  { fabric, log, ref, tenure }: PartitionContext,
  call: Call<Request, Response>,
  handler: Handler<Request, Response>,
): () => void {
  return serve(fabric, log, call, subjects.ownerCall(ref, tenure.term, call.name), async (request, info) => {
    if (!tenure.valid()) return SILENT
    try {
      const response = await handler(request, info)
      return tenure.valid() ? response : SILENT
    } catch (error) {
      if (tenure.valid()) throw error
      return SILENT
    }
  })
}
