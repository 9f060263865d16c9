import type { UserId } from '../../../protocol/ids.ts'

/**
 * What changes a message. An edit's body stands in the record's event, sealed; `emoji` and who reacted are metadata, as
 * who wrote is. `holders`: in a channel that is read, those who have the message in their queues: its author, and who is
 * mentioned. An older release didn't say it.
 */
export type MessageChange =
  | { readonly op: 'edited'; readonly seq: number; readonly holders?: readonly UserId[] }
  | {
      readonly op: 'deleted'
      readonly seq: number
      readonly holders?: readonly UserId[]
      readonly reason?: 'expired'
    }
  | { readonly op: 'reaction'; readonly seq: number; readonly emoji: string; readonly on: boolean }
