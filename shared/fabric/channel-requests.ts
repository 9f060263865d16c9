import { z } from 'zod'

/** What a member may ask of a channel (`channel.change`), by `op`; one entry an operation of `chat/machine/requests`. */
export const channelRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('rename'), name: z.string().nullable() }),
  z.object({ op: z.literal('block'), on: z.boolean() }),
])
export type ChannelRequest = z.infer<typeof channelRequest>
