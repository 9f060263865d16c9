import { integer, readSettings, type Values } from '../../shared/config/env.ts'
import { tenureSettings } from '../../shared/config/tenure.ts'
import { DEFAULT_SYNC_LIMITS } from './machine/limits.ts'

const MIB = 1024 * 1024

export const syncSettings = {
  ...tenureSettings,
  eventsPerUser: integer('WEFT_SYNC_EVENTS_PER_USER', 1, 1_000_000, {
    doc: 'Newest events of a user that stay in memory once the store has them',
    default: String(DEFAULT_SYNC_LIMITS.eventsPerUser),
  }),
  memoryBytes: integer('WEFT_SYNC_MEMORY_BYTES', MIB, 64 * 1024 * MIB, {
    doc: 'Memory for the newest events of a partition (bytes)',
    default: String(DEFAULT_SYNC_LIMITS.memoryBytes),
  }),
  unconfirmedBytes: integer('WEFT_SYNC_UNCONFIRMED_BYTES', MIB, 64 * 1024 * MIB, {
    doc: 'Events of a partition that the store may lack before it takes no more (bytes)',
    default: String(DEFAULT_SYNC_LIMITS.unconfirmedBytes),
  }),
  devicesPerUser: integer('WEFT_SYNC_DEVICES_PER_USER', 1, 10_000, {
    doc: 'Devices of a user of which it is kept what they have received',
    default: String(DEFAULT_SYNC_LIMITS.devicesPerUser),
  }),
  edgeSilenceMs: integer('WEFT_SYNC_EDGE_SILENCE_MS', 1_000, 600_000, {
    doc: 'An edge that says nothing for so long has no sessions any more (ms)',
    default: String(DEFAULT_SYNC_LIMITS.edgeSilenceMs),
  }),
  beatMs: integer('WEFT_SYNC_BEAT_MS', 10, 10_000, {
    doc: 'How often edges hear the number of the last message to them (ms)',
    default: String(DEFAULT_SYNC_LIMITS.beatMs),
  }),
  readMarkStoreMs: integer('WEFT_SYNC_READ_MARK_STORE_MS', 10, 10_000, {
    doc: 'How long the store is asked for a read mark that is not in memory (ms)',
    default: String(DEFAULT_SYNC_LIMITS.readMarkStoreMs),
  }),
  receiptEveryMs: integer('WEFT_SYNC_RECEIPT_EVERY_MS', 10, 600_000, {
    doc: 'How long a user’s receipts in a channel are gathered into one (ms)',
    default: String(DEFAULT_SYNC_LIMITS.receiptEveryMs),
  }),
} as const

export type SyncConfig = Values<typeof syncSettings>
export const syncConfig = (env: NodeJS.ProcessEnv): SyncConfig => readSettings(syncSettings, env)
