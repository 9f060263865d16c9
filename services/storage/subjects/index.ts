import { type Call, type Handler, serve } from '../../../shared/fabric/call.ts'
import {
  accountRegister,
  changesList,
  channelsList,
  channelsPublic,
  cidLookup,
  deviceEnd,
  devicesList,
  historyRange,
  jwks,
  mentionsCount,
  messageState,
  queuePage,
  readGet,
  seenGet,
  seenPut,
  sessionEnd,
  sessionRefresh,
  sessionStart,
  stateGet,
  statesGet,
  storeReached,
  threadPage,
  threadsFollowed,
  threadsOfChannel,
  usersByName,
  usersByPrefix,
  usersGet,
  versionsList,
} from '../../../shared/fabric/calls.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import type { StorageContext } from '../context.ts'
import { accountRegisterOperation } from './account-register.ts'
import { changesListOperation } from './changes-list.ts'
import { channelsListOperation } from './channels-list.ts'
import { channelsPublicOperation } from './channels-public.ts'
import { cidLookupOperation } from './cid-lookup.ts'
import { deviceEndOperation, devicesListOperation, mentionsCountOperation } from './devices.ts'
import { historyRangeOperation } from './history-range.ts'
import { jwksOperation } from './jwks.ts'
import { messageStateOperation } from './message-state.ts'
import { queuePageOperation } from './queue-page.ts'
import { readGetOperation } from './read-get.ts'
import { seenGetOperation } from './seen-get.ts'
import { seenPutOperation } from './seen-put.ts'
import { sessionEndOperation } from './session-end.ts'
import { sessionRefreshOperation } from './session-refresh.ts'
import { sessionStartOperation } from './session-start.ts'
import { stateGetOperation, statesGetOperation } from './state-get.ts'
import { storeReachedOperation } from './store-reached.ts'
import { threadPageOperation } from './thread-page.ts'
import { threadsFollowedOperation, threadsOfChannelOperation } from './threads.ts'
import { usersByNameOperation } from './users-by-name.ts'
import { usersByPrefixOperation } from './users-by-prefix.ts'
import { usersGetOperation } from './users-get.ts'
import { versionsListOperation } from './versions-list.ts'

/** Workers share the requests. */
const QUEUE_GROUP = 'storage'

/** Everything that storage answers. Returns the way to stop. */
export function openSubjects(context: StorageContext): () => void {
  const closers = [
    answer(context, accountRegister, accountRegisterOperation(context)),
    answer(context, sessionStart, sessionStartOperation(context)),
    answer(context, sessionRefresh, sessionRefreshOperation(context)),
    answer(context, sessionEnd, sessionEndOperation(context)),
    answer(context, devicesList, devicesListOperation(context)),
    answer(context, deviceEnd, deviceEndOperation(context)),
    answer(context, mentionsCount, mentionsCountOperation(context)),
    answer(context, jwks, jwksOperation(context)),
    answer(context, usersGet, usersGetOperation(context)),
    answer(context, usersByName, usersByNameOperation(context)),
    answer(context, usersByPrefix, usersByPrefixOperation(context)),
    answer(context, storeReached, storeReachedOperation(context)),
    answer(context, channelsList, channelsListOperation(context)),
    answer(context, channelsPublic, channelsPublicOperation(context)),
    answer(context, readGet, readGetOperation(context)),
    answer(context, stateGet, stateGetOperation(context)),
    answer(context, statesGet, statesGetOperation(context)),
    answer(context, versionsList, versionsListOperation(context)),
    answer(context, changesList, changesListOperation(context)),
    answer(context, messageState, messageStateOperation(context)),
    answer(context, historyRange, historyRangeOperation(context)),
    answer(context, threadPage, threadPageOperation(context)),
    answer(context, threadsOfChannel, threadsOfChannelOperation(context)),
    answer(context, threadsFollowed, threadsFollowedOperation(context)),
    answer(context, queuePage, queuePageOperation(context)),
    answer(context, cidLookup, cidLookupOperation(context)),
    answer(context, seenPut, seenPutOperation(context)),
    answer(context, seenGet, seenGetOperation(context)),
  ]
  return () => {
    for (const close of closers) close()
  }
}

const answer = <Request, Response>(
  { fabric, log }: StorageContext,
  call: Call<Request, Response>,
  handler: Handler<Request, Response>,
): (() => void) =>
  serve(fabric, log, call, subjects.storageCall(fabric.region, call.name), handler, QUEUE_GROUP)
