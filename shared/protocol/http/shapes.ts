import { z } from 'zod'
import { settingsPatch } from '../channel-settings.ts'
import { messageSchema } from '../events.ts'
import { channelIdSchema, userIdSchema } from '../ids.ts'
import { MAX_SEQ, MAX_UNREAD_MENTIONS } from '../limits.ts'
import { shownNameSchema } from '../names.ts'
import { roleSchema } from '../rights.ts'
import { muteSchema, statusSchema } from '../settings.ts'

/** Shapes of PROTOCOL.md that several HTTP calls share. */
const seq = z.number().int().min(0).max(MAX_SEQ)

export const displayNameSchema = shownNameSchema.describe('what others see')

export const userSchema = z.object({
  id: userIdSchema,
  name: z.string(),
  display_name: z.string(),
  avatar: z.string().nullable(),
  status: statusSchema
    .optional()
    .describe('in single profiles: where there is one, and who asks may see their presence'),
})

export const channelSchema = z.object({
  id: channelIdSchema,
  kind: z.enum(['direct', 'group', 'broadcast']),
  name: z.string().nullable(),
  members: z.number().int().describe('how many'),
  head: seq.describe('the newest seq'),
  rev: seq.describe('the newest record'),
  read: seq.describe('this user has read up to here'),
  unread: z.number().int(),
  mentions: z
    .number()
    .int()
    .describe(`of the unread messages, those that mention me or all; counted up to ${MAX_UNREAD_MENTIONS}`),
  muted: z.boolean(),
  mute: muteSchema.optional().describe('where it is muted just now'),
  role: roleSchema,
  fanout: z.enum(['queue', 'read']),
  lineage: z.number().int(),
  peer: userIdSchema.optional().describe('the other user of a direct channel'),
  ...settingsPatch.omit({ name: true }).shape,
  last: messageSchema
    .optional()
    .describe('the newest message, left out with last=0, and in lists unless last=1'),
})
export type ChannelView = z.infer<typeof channelSchema>
