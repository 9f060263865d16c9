import { z } from 'zod'
import { accountOperations } from './http/accounts.ts'
import { administrationOperations } from './http/administration.ts'
import { channelOperations } from './http/channels.ts'
import { edgeOperations } from './http/edges.ts'
import { meOperations } from './http/me.ts'
import { messageOperations } from './http/messages.ts'
import { threadOperations } from './http/threads.ts'
import { transportOperations } from './http/transports.ts'
import { userOperations } from './http/users.ts'

export type { HttpOperation } from './http/operation.ts'
export type { ChannelView } from './http/shapes.ts'

/**
 * The HTTP calls of PROTOCOL.md: one schema each for what is asked and answered. The edge checks requests with them,
 * and OpenAPI is made from them. One file an area.
 */
export const httpOperations = {
  ...accountOperations,
  ...userOperations,
  ...meOperations,
  ...channelOperations,
  ...administrationOperations,
  ...messageOperations,
  ...threadOperations,
  ...transportOperations,
  ...edgeOperations,
} as const
export type HttpOperationName = keyof typeof httpOperations

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), retry_after: z.number().optional() }),
})
