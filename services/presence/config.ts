import { integer, readSettings, type Values } from '../../shared/config/env.ts'

const MAX_MS = 600_000

export const presenceSettings = {
  tickMs: integer('WEFT_PRESENCE_TICK_MS', 10, 1_000, {
    doc: 'How long changes gather before edges are told (ms)',
    default: '100',
  }),
  beatMs: integer('WEFT_PRESENCE_BEAT_MS', 10, 10_000, {
    doc: 'How often edges hear the number of the last message to them (ms)',
    default: '1000',
  }),
  graceMs: integer('WEFT_PRESENCE_GRACE_MS', 0, 10_000, {
    doc: 'Whoever is back within this was never away: a connection that is replaced, or moves to another edge (ms)',
    default: '700',
  }),
  edgeSilenceMs: integer('WEFT_PRESENCE_EDGE_SILENCE_MS', 100, MAX_MS, {
    doc: 'An edge that reports nothing for so long has no sessions any more (ms)',
    default: '5000',
  }),
  warmUpMs: integer('WEFT_PRESENCE_WARM_UP_MS', 0, MAX_MS, {
    doc: 'How long a new owner listens to what edges report before it tells anyone that a user is offline (ms)',
    default: '1500',
  }),
  seenFlushMs: integer('WEFT_PRESENCE_SEEN_FLUSH_MS', 10, MAX_MS, {
    doc: 'How long the times at which users were last there gather before they are stored (ms)',
    default: '2000',
  }),
  seenWaiting: integer('WEFT_PRESENCE_SEEN_WAITING', 1_000, 100_000_000, {
    doc: 'Users whose last time may wait to be stored; beyond, the oldest are dropped',
    default: '500000',
  }),
} as const

export type PresenceConfig = Values<typeof presenceSettings>
/** @throws ConfigError naming the variable, its value and the cure. */
export const presenceConfig = (env: NodeJS.ProcessEnv): PresenceConfig => readSettings(presenceSettings, env)
