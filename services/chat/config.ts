import { integer, readSettings, type Values } from '../../shared/config/env.ts'
import { tenureSettings } from '../../shared/config/tenure.ts'

const MIB = 1024 * 1024

export const chatSettings = {
  ...tenureSettings,
  tailBytes: integer('WEFT_CHAT_TAIL_BYTES', MIB, 64 * 1024 * MIB, {
    doc: 'Memory for the newest messages of a partition, those that the store lacks first (bytes)',
    default: String(64 * MIB),
  }),
  backlogBytes: integer('WEFT_CHAT_BACKLOG_BYTES', MIB, 64 * 1024 * MIB, {
    doc: 'What SYNC partitions may lack of a LOG partition before sends answer unavailable (bytes)',
    default: String(64 * MIB),
  }),
  maxQueued: integer('WEFT_CHAT_MAX_QUEUED', 1, 1_000_000, {
    doc: 'Sends that may wait for a commit of their partition; more answer unavailable',
    default: '20000',
  }),
  maxWaitMs: integer('WEFT_CHAT_MAX_WAIT_MS', 10, 600_000, {
    doc: 'How long a send may have to wait, for its commit or for its way into the queues, before more answer unavailable (ms)',
    default: '1000',
  }),
  receiptsMembers: integer('WEFT_RECEIPTS_MEMBERS', 0, 10_000, {
    doc: 'Members up to which a channel tells who holds and has read what: each of them is told of each other’s, so it costs their square',
    default: '32',
  }),
  fanoutReadMembers: integer('WEFT_FANOUT_READ_MEMBERS', 1, 1_000_000, {
    doc: 'Members above which a group’s messages are written once and read, not copied to each queue; back at 4/5 of it',
    default: '100',
  }),
  membersMax: integer('WEFT_CHANNEL_MEMBERS_MAX', 2, 10_000_000, {
    doc: 'Members that a channel may have',
    default: '200000',
  }),
} as const

export type ChatConfig = Values<typeof chatSettings>
export const chatConfig = (env: NodeJS.ProcessEnv): ChatConfig => readSettings(chatSettings, env)
