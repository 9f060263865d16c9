import { z } from 'zod'
import { bodySchema } from '../protocol/events.ts'
import { userIdSchema } from '../protocol/ids.ts'

const seq = z.number().int().min(1)

/** What a member may ask of a channel (`channel.change`), by `op`; one entry an operation of `chat/machine/requests`. */
export const channelRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('rename'), name: z.string().nullable() }),
  z.object({ op: z.literal('block'), on: z.boolean() }),
  z.object({ op: z.literal('edit'), seq, body: bodySchema, mentions: z.array(userIdSchema).optional() }),
  z.object({ op: z.literal('delete'), seq }),
  z.object({ op: z.literal('react'), seq, emoji: z.string(), on: z.boolean() }),
])
export type ChannelRequest = z.infer<typeof channelRequest>
