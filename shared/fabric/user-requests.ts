import { z } from 'zod'
import { bodySchema } from '../protocol/events.ts'
import { type ChannelId, channelIdSchema, deviceIdSchema, trusted, userIdSchema } from '../protocol/ids.ts'
import { muteSchema, settingsPatchSchema, statusSchema } from '../protocol/settings.ts'

/** What a user keeps, a table of keys and JSON values each. */
export const USER_AREAS = ['settings', 'mute', 'draft', 'contact', 'block', 'status', 'thread'] as const
export type UserArea = (typeof USER_AREAS)[number]
export const userAreaShape = z.enum(USER_AREAS)

/** Of each area, keys that a user may have; of threads, as many as there are. */
export const AREA_MAX: { readonly [Area in UserArea]: number } = {
  settings: 100,
  mute: 10_000,
  draft: 500,
  contact: 5_000,
  block: 5_000,
  status: 1,
  thread: Number.POSITIVE_INFINITY,
}

/** The row that says how far a user has read a thread: those of a channel lie side by side. */
export const threadKey = (channel: ChannelId, thread: number): string => `${channel}/${thread}`
export function threadOfKey(key: string): { readonly channel: ChannelId; readonly thread: number } {
  const [channel = '', thread = ''] = key.split('/')
  return { channel: trusted<ChannelId>(channel), thread: Number(thread) }
}

/** What a user asks of their own state (`user.change`), by `op`; one entry an operation of `sync/machine/requests`. */
export const userRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('settings'), set: settingsPatchSchema }),
  z.object({ op: z.literal('mute'), channel: channelIdSchema, mute: muteSchema.nullable() }),
  z.object({ op: z.literal('draft'), channel: channelIdSchema, body: bodySchema.nullable() }),
  z.object({ op: z.literal('contact'), user: userIdSchema, on: z.boolean() }),
  z.object({ op: z.literal('block'), user: userIdSchema, on: z.boolean() }),
  z.object({ op: z.literal('status'), status: statusSchema.nullable() }),
  z.object({ op: z.literal('forget-device'), device: deviceIdSchema }),
  z.object({
    op: z.literal('thread-read'),
    channel: channelIdSchema,
    thread: z.number().int().min(1),
    seq: z.number().int().min(0),
  }),
])
export type UserRequest = z.infer<typeof userRequest>
export type UserRequestOf<Op extends UserRequest['op']> = Extract<UserRequest, { op: Op }>
