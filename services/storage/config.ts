import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { integer, list, oneOf, readSettings, text } from '../../shared/config/env.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Two cores' worth of hashing at most, so that log-ins leave room for messages. */
const HASHES_AT_ONCE = Math.min(2, availableParallelism())

export const storageSettings = {
  data: text('WEFT_DATA', { doc: 'The folder that holds the store', default: '.weft' }),
  limits: oneOf('WEFT_LIMITS', ['on', 'off'], {
    doc: 'Limits of log-ins by account',
    default: 'on',
  }),
  accessTokenS: integer('WEFT_ACCESS_TOKEN_S', 1, 3_600 * 12, {
    doc: 'How long an access token is good (s)',
    default: '900',
  }),
  refreshTokenDays: integer('WEFT_REFRESH_TOKEN_DAYS', 1, 3_650, {
    doc: 'How long a log-in lasts that is not used (days)',
    default: '60',
  }),
  failedLogInsBurst: integer('WEFT_ACCOUNT_FAILED_LOGINS', 1, 10_000, {
    doc: 'Wrong passwords of one account at once; one more every 10 s after',
    default: '10',
  }),
  hashMemoryKib: integer('WEFT_ARGON2_MEMORY_KIB', 8, 4_194_304, {
    doc: 'Memory of one password hash, Argon2id (KiB)',
    default: '19456',
  }),
  hashPasses: integer('WEFT_ARGON2_PASSES', 1, 100, {
    doc: 'Passes of one password hash, Argon2id',
    default: '2',
  }),
  hashesAtOnce: integer('WEFT_HASHES_AT_ONCE', 1, 1_024, {
    doc: 'Password hashes under way at once',
    default: String(HASHES_AT_ONCE),
  }),
  hashesWaiting: integer('WEFT_HASHES_WAITING', 0, 100_000, {
    doc: 'Password hashes that may wait for their turn before log-ins answer unavailable',
    default: '32',
  }),
  queueDays: integer('WEFT_QUEUE_DAYS', 1, 36_500, {
    doc: 'How long the store keeps a queue’s events (days)',
    default: '30',
  }),
  queueEvents: integer('WEFT_QUEUE_EVENTS', 1, Number.MAX_SAFE_INTEGER, {
    doc: 'How many of a queue’s newest events the store keeps',
    default: '10000',
  }),
  lingerMs: integer('WEFT_STORE_LINGER_MS', 0, 10_000, {
    doc: 'How long packs gather before they are written to the store together (ms)',
    default: '200',
  }),
  natsMonitors: list(
    'WEFT_NATS_MONITOR_URL',
    'Monitoring addresses of all NATS servers of a cluster (http://…:8222), separated by commas: its replicas are ' +
      'compared; empty = they are not',
  ),
  replicaCheckMs: integer('WEFT_REPLICA_CHECK_MS', 100, 3_600_000, {
    doc: 'How often the replicas of each stream are compared (ms)',
    default: '10000',
  }),
  historyCacheBytes: integer('WEFT_HISTORY_CACHE_BYTES', 0, Number.MAX_SAFE_INTEGER, {
    doc: 'Memory for pages of history (bytes)',
    default: String(32 * 1024 * 1024),
  }),
} as const

export type StorageConfig = {
  readonly path: string
  readonly limits: 'on' | 'off'
  readonly accessTokenS: number
  readonly refreshTokenMs: number
  readonly failedLogInsBurst: number
  readonly hash: {
    readonly memoryKib: number
    readonly passes: number
    readonly atOnce: number
    readonly waiting: number
  }
  readonly queueKeepMs: number
  readonly queueKeepEvents: number
  readonly lingerMs: number
  readonly historyCacheBytes: number
  readonly natsMonitors: readonly string[]
  readonly replicaCheckMs: number
}

export function storageConfig(env: NodeJS.ProcessEnv): StorageConfig {
  const read = readSettings(storageSettings, env)
  return {
    path: join(read.data, 'weft.db'),
    limits: read.limits,
    accessTokenS: read.accessTokenS,
    refreshTokenMs: read.refreshTokenDays * DAY_MS,
    failedLogInsBurst: read.failedLogInsBurst,
    hash: {
      memoryKib: read.hashMemoryKib,
      passes: read.hashPasses,
      atOnce: read.hashesAtOnce,
      waiting: read.hashesWaiting,
    },
    queueKeepMs: read.queueDays * DAY_MS,
    queueKeepEvents: read.queueEvents,
    lingerMs: read.lingerMs,
    historyCacheBytes: read.historyCacheBytes,
    natsMonitors: read.natsMonitors,
    replicaCheckMs: read.replicaCheckMs,
  }
}
