import {
  integer,
  list,
  oneOf,
  optionalText,
  readSettings,
  type Setting,
  text,
} from '../../shared/config/env.ts'
import { HEARTBEAT_S, HELLO_TIMEOUT_MS } from '../../shared/protocol/limits.ts'

const KIB = 1024
const MAX_MS = 600_000
const tokenSecret: Setting<string | undefined> = {
  name: 'WEFT_TOKEN_SECRET',
  doc: 'Secret that a customer’s own backend signs access tokens with (HS256), better 32 characters or more; empty = off',
  fallback: '',
  parse: (value) => (value === '' ? undefined : value),
}

export const edgeSettings = {
  host: text('WEFT_HOST', { doc: 'Address that clients connect to', default: '0.0.0.0' }),
  port: integer('WEFT_PORT', 0, 65535, {
    doc: 'Port that clients connect to; 0 = any that is free',
    default: '8080',
  }),
  tokenSecret,
  limits: oneOf('WEFT_LIMITS', ['on', 'off'], {
    doc: 'Whether registration, log-in, sends and other writes are limited in rate',
    default: 'on',
  }),
  web: text('WEFT_WEB', { doc: 'Folder of the built page, served at /; empty = none', default: 'web/dist' }),
  publicUrl: optionalText(
    'WEFT_PUBLIC_URL',
    'Where clients reach this edge (wss://…/v1/ws); empty = as they asked',
  ),
  edges: list('WEFT_EDGES', 'Addresses of all edges (wss://…/v1/ws), best first, separated by commas'),
  corsOrigins: list(
    'WEFT_CORS_ORIGINS',
    'Origins whose pages may call the HTTP API, separated by commas; * = any',
  ),
  trustProxy: oneOf('WEFT_TRUST_PROXY', ['on', 'off'], {
    doc: 'Whether X-Forwarded-For is written by a proxy of yours',
    default: 'off',
  }),
  connectionsMax: integer('WEFT_EDGE_CONNECTIONS', 1, 10_000_000, {
    doc: 'Connections this edge holds; further ones are refused',
    default: '100000',
  }),
  catchUpsMax: integer('WEFT_EDGE_CATCH_UPS', 1, 100_000, {
    doc: 'Sessions that catch up at the same time; others wait',
    default: '500',
  }),
  waitingMax: integer('WEFT_EDGE_WAITING', 0, 1_000_000, {
    doc: 'New sessions that may wait for their catch-up; further ones are closed with 1013',
    default: '20000',
  }),
  sendBufferBytes: integer('WEFT_EDGE_BUFFER_BYTES', 64 * KIB, 1024 * KIB * KIB, {
    doc: 'What a socket may owe a client that reads too slowly before it is closed with 1013 (bytes)',
    default: String(1024 * KIB),
  }),
  sendsPerConnection: integer('WEFT_EDGE_SENDS_IN_FLIGHT', 1, 100_000, {
    doc: 'Sends of one connection that may wait for their ack; with WEFT_LIMITS=off only the edge’s sum counts',
    default: '4096',
  }),
  sendBytesPerConnection: integer('WEFT_EDGE_SENDS_IN_FLIGHT_BYTES', 64 * KIB, 1024 * KIB * KIB, {
    doc: 'Content of one connection’s sends that may wait for their ack (bytes); as above',
    default: String(8 * KIB * KIB),
  }),
  sendsPerEdge: integer('WEFT_EDGE_SENDS_TOTAL', 1, 10_000_000, {
    doc: 'Sends of this edge that may wait for their ack',
    default: '50000',
  }),
  openChannelsMax: integer('WEFT_EDGE_OPEN_CHANNELS', 1, 1_000_000, {
    doc: 'Channels that one session may have open',
    default: '1000',
  }),
  sendDeadlineMs: integer('WEFT_EDGE_SEND_DEADLINE_MS', 100, MAX_MS, {
    doc: 'A send without an answer gets unavailable after this (ms)',
    default: '5000',
  }),
  sendRate: integer('WEFT_EDGE_SEND_RATE', 1, 1_000_000, {
    doc: 'Sends a second that one connection may make for long',
    default: '500',
  }),
  sendBurst: integer('WEFT_EDGE_SEND_BURST', 1, 1_000_000, {
    doc: 'Sends that one connection may make at once',
    default: '2000',
  }),
  writeRate: integer('WEFT_EDGE_WRITE_RATE', 1, 1_000_000, {
    doc: 'Edits, deletions, reactions, pins and read marks a second that one connection may make for long',
    default: '50',
  }),
  writeBurst: integer('WEFT_EDGE_WRITE_BURST', 1, 1_000_000, {
    doc: 'Edits, deletions, reactions, pins and read marks that one connection may make at once',
    default: '200',
  }),
  typingMs: integer('WEFT_TYPING_MS', 100, 10_000, {
    doc: 'A session that said it types and doesn’t repeat it has stopped after this (ms)',
    default: '6000',
  }),
  typingRate: integer('WEFT_EDGE_TYPING_RATE', 1, 1_000_000, {
    doc: 'Signs of typing a second that one session may make for long; repeats don’t count',
    default: '2',
  }),
  typingBurst: integer('WEFT_EDGE_TYPING_BURST', 1, 1_000_000, {
    doc: 'Signs of typing that one session may make at once',
    default: '20',
  }),
  idleMs: integer('WEFT_PRESENCE_IDLE_MS', 100, 86_400_000, {
    doc: 'A device on which nothing was done for so long is away (ms)',
    default: '300000',
  }),
  presenceRate: integer('WEFT_EDGE_PRESENCE_RATE', 1, 1_000_000, {
    doc: 'Changes of presence a second that one session may make for long',
    default: '2',
  }),
  presenceBurst: integer('WEFT_EDGE_PRESENCE_BURST', 1, 1_000_000, {
    doc: 'Changes of presence that one session may make at once',
    default: '20',
  }),
  watchesPerSession: integer('WEFT_EDGE_SESSION_WATCHES', 1, 1_000_000, {
    doc: 'People whose presence one session may watch; more are too_large',
    default: '5000',
  }),
  watchesPerEdge: integer('WEFT_EDGE_WATCHES', 1, 100_000_000, {
    doc: 'People whose presence this edge watches for its sessions; more are unavailable',
    default: '1000000',
  }),
  watchRate: integer('WEFT_EDGE_WATCH_RATE', 1, 1_000_000, {
    doc: 'People a second whom one session may begin to watch for long',
    default: '500',
  }),
  watchBurst: integer('WEFT_EDGE_WATCH_BURST', 1_000, 1_000_000, {
    doc: 'People whom one session may begin to watch at once',
    default: '10000',
  }),
  registrationsBurst: integer('WEFT_EDGE_REGISTRATIONS', 1, 1_000_000, {
    doc: 'Accounts that one address may create at once; one more every 2 s after',
    default: '100',
  }),
  logInsBurst: integer('WEFT_EDGE_LOG_INS', 1, 1_000_000, {
    doc: 'Log-ins that one address may try at once; one more a second after',
    default: '60',
  }),
  heartbeatMs: integer('WEFT_HEARTBEAT_MS', 100, MAX_MS, {
    doc: 'Silence after which a connection is pinged; after twice this it is closed (ms)',
    default: String(HEARTBEAT_S * 1000),
  }),
  helloMs: integer('WEFT_HELLO_MS', 100, MAX_MS, {
    doc: 'A connection without hello is closed after this (ms)',
    default: String(HELLO_TIMEOUT_MS),
  }),
  drainMs: integer('WEFT_DRAIN_MS', 0, 20_000, {
    doc: 'Over how long a leaving edge spreads its clients’ moves, at most (ms)',
    default: '8000',
  }),
} as const

export type EdgeConfig = {
  readonly [K in keyof typeof edgeSettings]: (typeof edgeSettings)[K] extends Setting<infer T> ? T : never
}
/** @throws ConfigError naming the variable, its value and the cure. */
export const edgeConfig = (env: NodeJS.ProcessEnv): EdgeConfig => readSettings(edgeSettings, env)
