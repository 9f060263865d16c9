import { z } from 'zod'
import type { Reader, Writer } from '../codec.ts'
import { settingsPatch } from '../protocol/channel-settings.ts'
import { channelIdSchema, userIdSchema } from '../protocol/ids.ts'
import { roleSchema } from '../protocol/rights.ts'

/** Shapes that several calls between services share. */
const count = z.number().int().min(0)

export const userShape = z.object({
  id: userIdSchema,
  name: z.string(),
  display_name: z.string(),
  avatar: z.string().nullable(),
})
export type UserShape = z.infer<typeof userShape>

export const roleShape = roleSchema
export const channelKindShape = z.enum(['direct', 'group', 'broadcast'])

const shownShape = settingsPatch.omit({ name: true })

/** PROTOCOL.md's channel, as one user sees it. */
export const channelShape = z.object({
  id: channelIdSchema,
  kind: channelKindShape,
  name: z.string().nullable(),
  members: count,
  head: count,
  rev: count,
  read: count,
  unread: count,
  muted: z.boolean(),
  role: roleShape,
  fanout: z.enum(['queue', 'read']),
  lineage: count,
  /** Extension: the other user of a direct channel. */
  peer: userIdSchema.optional(),
  ...shownShape.shape,
})
export type ChannelShape = z.infer<typeof channelShape>

/** What the owner knows of a channel for one member; `read` isn't its to know (the SYNC owner and the store know). */
export const channelState = z.object({
  id: channelIdSchema,
  kind: channelKindShape,
  name: z.string().nullable(),
  members: count,
  head: count,
  rev: count,
  lineage: count,
  role: roleShape,
  /** The head when the user joined: unread counts from there. */
  joined: count,
  /** The newest seq that the user wrote, where the owner knows it: sending advances one's read mark. */
  sent: count.optional(),
  /** As the owner knows it; absent where the store says it. */
  fanout: z.enum(['queue', 'read']).optional(),
  /** The newest thread replies since the user joined or wrote, where the owner knows it: they don't count as unread. */
  replies: z.array(count).optional(),
  /** The newest pack with a message that mentions anyone, where the owner knows it: the store may lack it. */
  mention_pack: count.optional(),
  peer: userIdSchema.optional(),
  /** Those that say something; the store doesn't say them. */
  ...shownShape.shape,
})
export type ChannelState = z.infer<typeof channelState>

/** What may be known of a channel without being in it: where it is public, or by an invite. */
export const channelPreview = z.object({
  id: channelIdSchema,
  kind: channelKindShape,
  name: z.string().nullable(),
  members: count,
  topic: z.string().nullable(),
  avatar: z.string().nullable(),
  description: z.string().nullable(),
})
export type ChannelPreview = z.infer<typeof channelPreview>

/** Messages with consecutive seqs, each as JSON bytes of PROTOCOL.md's message, ascending. */
export type MessageRun = { readonly from: number; readonly messages: readonly Uint8Array[] }

export const writeRun = (writer: Writer, run: MessageRun): Writer => {
  writer.uint(run.from).u32(run.messages.length)
  for (const message of run.messages) writer.bytes(message)
  return writer
}
export const readRun = (reader: Reader): MessageRun => ({
  from: reader.uint(),
  messages: Array.from({ length: reader.u32() }, () => reader.bytes()),
})
