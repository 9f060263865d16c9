/**
 * The options of a load run. Read by the runner (flags over environment) and by the scenarios inside k6 (environment
 * alone), so this file imports nothing.
 */
export type OptionKind = 'text' | 'whole' | 'number'
type Option = {
  readonly env: string
  readonly kind: OptionKind
  readonly default: string
  readonly doc: string
  readonly min?: number
}

/** By flag: `users` is `--users <n>` and `WEFT_LOAD_USERS`. */
export const OPTIONS = {
  url: {
    env: 'WEFT_LOAD_URL',
    kind: 'text',
    default: '',
    doc: 'edges, http://… or https://…, separated by commas; users are spread over them. Empty = start one here',
  },
  secret: {
    env: 'WEFT_LOAD_SECRET',
    kind: 'text',
    default: '',
    doc: "the fabric's WEFT_TOKEN_SECRET, for minted tokens. Empty = real accounts are made (slow: passwords are hashed)",
  },
  users: { env: 'WEFT_LOAD_USERS', kind: 'whole', default: '100', min: 2, doc: 'users, each one connection' },
  'users-per-vu': {
    env: 'WEFT_LOAD_USERS_PER_VU',
    kind: 'whole',
    default: '1',
    min: 1,
    doc: 'users that one virtual user of k6 plays; more saves memory (a virtual user costs about 0.8 MB)',
  },
  seconds: { env: 'WEFT_LOAD_SECONDS', kind: 'number', default: '30', min: 1, doc: 'length of the load (s)' },
  ramp: {
    env: 'WEFT_LOAD_RAMP',
    kind: 'number',
    default: '5',
    min: 0,
    doc: 'connections are opened evenly over this (s)',
  },
  drain: {
    env: 'WEFT_LOAD_DRAIN',
    kind: 'number',
    default: '15',
    min: 1,
    doc: 'after the load, how long acks and own messages are waited for at most (s)',
  },
  rate: {
    env: 'WEFT_LOAD_RATE',
    kind: 'number',
    default: '0',
    min: 0,
    doc: 'operations a second, of all users together. 0 = as the scenario has it: see its line above',
  },
  bytes: {
    env: 'WEFT_LOAD_BYTES',
    kind: 'whole',
    default: '128',
    min: 64,
    doc: 'length of a message body (bytes)',
  },
  'group-size': {
    env: 'WEFT_LOAD_GROUP_SIZE',
    kind: 'whole',
    default: '20',
    min: 2,
    doc: 'members of a group',
  },
  history: {
    env: 'WEFT_LOAD_HISTORY',
    kind: 'whole',
    default: '200',
    min: 1,
    doc: 'messages that are put into each group before a run that reads history',
  },
  page: {
    env: 'WEFT_LOAD_PAGE',
    kind: 'whole',
    default: '50',
    min: 1,
    doc: 'messages on a page of history (at most 200)',
  },
  storms: { env: 'WEFT_LOAD_STORMS', kind: 'whole', default: '1', min: 1, doc: 'storms within the load' },
  away: {
    env: 'WEFT_LOAD_AWAY',
    kind: 'number',
    default: '5',
    min: 0,
    doc: 'how long a storm’s users are gone (s)',
  },
  spread: {
    env: 'WEFT_LOAD_SPREAD',
    kind: 'number',
    default: '0',
    min: 0,
    doc: 'over how long a storm’s users come back (s); 0 = all at once',
  },
  'reconnect-every': {
    env: 'WEFT_LOAD_RECONNECT_EVERY',
    kind: 'number',
    default: '60',
    min: 1,
    doc: 'mixed-day: a user’s mean time between reconnects (s)',
  },
  'ping-every': {
    env: 'WEFT_LOAD_PING_EVERY',
    kind: 'number',
    default: '10',
    min: 0.1,
    doc: 'hold: time between a user’s pings (s)',
  },
  'ack-p99': {
    env: 'WEFT_LOAD_ACK_P99',
    kind: 'number',
    default: '500',
    min: 0,
    doc: 'fail above this (ms); 0 = any',
  },
  'delivery-p99': {
    env: 'WEFT_LOAD_DELIVERY_P99',
    kind: 'number',
    default: '1000',
    min: 0,
    doc: 'fail above this (ms); 0 = any',
  },
  'connect-p99': {
    env: 'WEFT_LOAD_CONNECT_P99',
    kind: 'number',
    default: '5000',
    min: 0,
    doc: 'fail above this (ms); 0 = any',
  },
  'catch-up-max': {
    env: 'WEFT_LOAD_CATCH_UP_MAX',
    kind: 'number',
    default: '30000',
    min: 0,
    doc: 'fail if a user needs longer to be synced again (ms); 0 = any',
  },
  'history-p99': {
    env: 'WEFT_LOAD_HISTORY_P99',
    kind: 'number',
    default: '1000',
    min: 0,
    doc: 'fail above this (ms); 0 = any',
  },
  'refused-share': {
    env: 'WEFT_LOAD_REFUSED_SHARE',
    kind: 'number',
    default: '0.01',
    min: 0,
    doc: 'share of operations that may be refused before the run fails (0 to 1)',
  },
  prefix: {
    env: 'WEFT_LOAD_PREFIX',
    kind: 'text',
    default: '',
    doc: 'of the users’ names; give the same one again to use the same users. Empty = new ones',
  },
  password: {
    env: 'WEFT_LOAD_PASSWORD',
    kind: 'text',
    default: '',
    doc: 'of real accounts, needed to use the same ones again. Empty = a random one',
  },
  concurrency: {
    env: 'WEFT_LOAD_CONCURRENCY',
    kind: 'whole',
    default: '16',
    min: 1,
    doc: 'HTTP calls at a time while preparing',
  },
  out: {
    env: 'WEFT_LOAD_OUT',
    kind: 'text',
    default: '',
    doc: 'folder for the results. Empty = .cache/load/<time>-<scenario>',
  },
} as const satisfies Readonly<Record<string, Option>>

export type OptionName = keyof typeof OPTIONS
export const optionNames = Object.keys(OPTIONS) as readonly OptionName[]

type NumberName = { [N in OptionName]: (typeof OPTIONS)[N]['kind'] extends 'text' ? never : N }[OptionName]
type TextName = Exclude<OptionName, NumberName>
export type Values = { readonly [N in NumberName]: number } & { readonly [N in TextName]: string }

/** All options, from texts. @throws Error that names the option and what is wrong with it. */
export function parseValues(textOf: (name: OptionName) => string | undefined): Values {
  const values: Partial<Record<OptionName, string | number>> = {}
  for (const name of optionNames) {
    const option: Option = OPTIONS[name]
    const given = textOf(name)
    const text = given === undefined || given === '' ? option.default : given
    values[name] = option.kind === 'text' ? text : parseNumber(name, option, text)
  }
  return values as Values
}

function parseNumber(name: OptionName, { kind, min = 0 }: Option, text: string): number {
  const value = Number(text)
  const isOne = kind === 'whole' ? Number.isInteger(value) : Number.isFinite(value)
  if (!isOne || value < min)
    throw new Error(
      `--${name} must be a ${kind === 'whole' ? 'whole ' : ''}number from ${min} up, not ${JSON.stringify(text)}`,
    )
  return value
}
