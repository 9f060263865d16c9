import { z } from 'zod'
import { channelIdSchema, edgeIdSchema } from '../protocol/ids.ts'
import { type Call, jsonCall } from './call.ts'
import {
  decodeOpenRequest,
  decodeOpenResponse,
  encodeOpenRequest,
  encodeOpenResponse,
  type OpenRequest,
  type OpenResponse,
} from './wire/live.ts'

/** What an edge asks the owner of a channel's LOG partition for its open sessions. */
const count = z.number().int().min(0)

/** What was missed of a channel, and the edge's registration, in one step. Members only, where it names a user. */
export const channelOpen: Call<OpenRequest, OpenResponse> = {
  name: 'channel.open',
  idempotent: true,
  encodeRequest: encodeOpenRequest,
  decodeRequest: decodeOpenRequest,
  encodeResponse: encodeOpenResponse,
  decodeResponse: decodeOpenResponse,
}

/** Channels that no session of an edge has open any more; one that it opened again since (a higher turn) stays. */
export const channelClose = jsonCall(
  'channel.close',
  z.object({
    edge: edgeIdSchema,
    incarnation: count,
    channels: z.array(z.object({ channel: channelIdSchema, turn: count })).max(1000),
  }),
  z.object({}),
  { idempotent: true },
)
