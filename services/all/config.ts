import { join } from 'node:path'
import { integer, optionalText, readSettings, text } from '../../shared/config/env.ts'

const MIB = 1024 * 1024

export const allSettings = {
  data: text('WEFT_DATA', { doc: 'The folder that holds everything: logs, store, keys', default: '.weft' }),
  natsServer: optionalText(
    'WEFT_NATS_SERVER',
    'Path of the nats-server to run; set by `npm start`, else found on PATH',
  ),
  diskReserveBytes: integer('WEFT_DISK_RESERVE_BYTES', 0, Number.MAX_SAFE_INTEGER, {
    doc: 'Free disk below which sends are refused (bytes)',
    default: String(256 * MIB),
  }),
} as const

export type AllConfig = {
  readonly data: string
  readonly natsFolder: string
  readonly natsServer: string
  readonly diskReserveBytes: number
}

export function allConfig(env: NodeJS.ProcessEnv): AllConfig {
  const read = readSettings(allSettings, env)
  return {
    data: read.data,
    natsFolder: join(read.data, 'nats'),
    natsServer: read.natsServer ?? 'nats-server',
    diskReserveBytes: read.diskReserveBytes,
  }
}
