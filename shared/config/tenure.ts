import { integer } from './env.ts'

/** Settings of whoever owns partitions of a log. */
export const tenureSettings = {
  snapshotEveryPacks: integer('WEFT_SNAPSHOT_PACKS', 1, 1_000_000, {
    doc: 'Packs of a partition after which its owner writes a snapshot; a take-over reads about this many',
    default: '2000',
  }),
  maxReplayPacks: integer('WEFT_REPLAY_PACKS', 1, 10_000_000, {
    doc: 'Packs that a take-over may have to read; beyond, sends answer unavailable until a snapshot stands',
    default: '20000',
  }),
  logKeepDays: integer('WEFT_LOG_KEEP_DAYS', 0, 3_650, {
    doc: 'Days that packs stay in the logs; older ones go once the store, the other logs and a snapshot have them',
    default: '3',
  }),
} as const
