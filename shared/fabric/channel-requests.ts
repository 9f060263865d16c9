import { z } from 'zod'
import { settingsPatch } from '../protocol/channel-settings.ts'
import { bodySchema } from '../protocol/events.ts'
import { userIdSchema } from '../protocol/ids.ts'
import { MAX_MEMBERS_PER_CALL } from '../protocol/limits.ts'
import { roleSchema } from '../protocol/rights.ts'

const seq = z.number().int().min(1)

/** What a member may ask of a channel (`channel.change`), by `op`; one entry an operation of `chat/machine/requests`. */
export const channelRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('settings'), set: settingsPatch }),
  /** As edges of releases before ask it. */
  z.object({ op: z.literal('rename'), name: z.string().nullable() }),
  z.object({ op: z.literal('block'), on: z.boolean() }),
  z.object({ op: z.literal('edit'), seq, body: bodySchema, mentions: z.array(userIdSchema).optional() }),
  z.object({ op: z.literal('delete'), seq }),
  z.object({ op: z.literal('react'), seq, emoji: z.string(), on: z.boolean() }),
  z.object({ op: z.literal('pin'), seq, on: z.boolean() }),
  z.object({ op: z.literal('add'), users: z.array(userIdSchema).max(MAX_MEMBERS_PER_CALL) }),
  z.object({ op: z.literal('transfer'), user: userIdSchema }),
  z.object({ op: z.literal('ban'), user: userIdSchema }),
  z.object({ op: z.literal('unban'), user: userIdSchema }),
  z.object({
    op: z.literal('invite'),
    code: z.string(),
    role: roleSchema,
    expires: z.number().int().nullable(),
    uses: z.number().int().min(1).nullable(),
  }),
  z.object({ op: z.literal('revoke'), code: z.string() }),
])
export type ChannelRequest = z.infer<typeof channelRequest>
export type ChannelRequestOf<Op extends ChannelRequest['op']> = Extract<ChannelRequest, { op: Op }>
