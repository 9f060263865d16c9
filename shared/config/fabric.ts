import type { FabricConfig } from '../fabric/connection.ts'
import { REGION_PATTERN } from '../fabric/registry.ts'
import type { SetupConfig } from '../fabric/setup.ts'
import {
  ConfigError,
  integer,
  oneOf,
  optionalText,
  pattern,
  readSettings,
  type Setting,
  text,
} from './env.ts'

const replicas: Setting<1 | 3 | 5> = {
  name: 'WEFT_REPLICAS',
  doc: 'Copies of every stream (1, 3 or 5); more than 1 needs a NATS cluster',
  fallback: '1',
  parse: (value) => {
    if (value === '1') return 1
    if (value === '3') return 3
    if (value === '5') return 5
    throw new ConfigError('must be 1, 3 or 5')
  },
}

/** What every service reads of its environment. */
export const fabricSettings = {
  servers: text('WEFT_NATS_URL', {
    doc: 'NATS servers, separated by commas',
    default: 'nats://127.0.0.1:4222',
  }),
  user: optionalText('WEFT_NATS_USER', 'User at NATS'),
  pass: optionalText('WEFT_NATS_PASS', 'Password at NATS'),
  region: pattern('WEFT_REGION', REGION_PATTERN, {
    doc: 'The region that this process belongs to',
    default: 'local',
  }),
  replicas,
  logPartitions: integer('WEFT_LOG_PARTITIONS', 1, 1024, {
    doc: 'LOG partitions, fixed when the fabric is first made',
    default: '1',
  }),
  syncPartitions: integer('WEFT_SYNC_PARTITIONS', 1, 1024, {
    doc: 'SYNC partitions, fixed when the fabric is first made',
    default: '1',
  }),
  streamMaxBytes: integer('WEFT_STREAM_MAX_BYTES', -1, Number.MAX_SAFE_INTEGER, {
    doc: 'Bytes that a pack stream may hold before sends answer unavailable; -1 = as the disk allows',
    default: '-1',
  }),
  opsHost: text('WEFT_OPS_HOST', { doc: 'Address of the operators’ port', default: '127.0.0.1' }),
  opsPort: integer('WEFT_OPS_PORT', 0, 65535, {
    doc: 'Operators’ port: /healthz, /readyz, /metrics; 0 = any that is free',
    default: '0',
  }),
  logLevel: oneOf('WEFT_LOG', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    doc: 'How much is logged',
    default: 'info',
  }),
} as const

export type RunConfig = {
  readonly fabric: FabricConfig
  readonly setup: SetupConfig
  readonly ops: { readonly host: string; readonly port: number }
  readonly logLevel: string
}

/** @throws ConfigError naming the variable, its value and the cure. */
export function fabricConfig(env: NodeJS.ProcessEnv): RunConfig {
  const read = readSettings(fabricSettings, env)
  return {
    fabric: { servers: read.servers.split(','), region: read.region, user: read.user, pass: read.pass },
    setup: {
      replicas: read.replicas,
      partitions: { log: read.logPartitions, sync: read.syncPartitions },
      streamMaxBytes: read.streamMaxBytes,
    },
    ops: { host: read.opsHost, port: read.opsPort },
    logLevel: read.logLevel,
  }
}
