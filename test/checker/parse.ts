import type { Line } from './history.ts'

/** The history can't be judged: cut short, of the wrong shape, or without anything that could go wrong. */
export class UnusableHistory extends Error {}

type Shape = Readonly<Record<string, 'number' | 'string' | 'boolean' | 'array' | 'string or null'>>

const ASKED: Shape = { at: 'number', op: 'number', client: 'string', user: 'string', device: 'string' }
const ANSWERED: Shape = { at: 'number', op: 'number' }
const OF_SESSION: Shape = { at: 'number', client: 'string', session: 'string' }
const OF_SDK: Shape = { at: 'number', client: 'string', user: 'string', channel: 'string', cid: 'string' }

/** By `type`, or `type f`. */
const SHAPES: Readonly<Record<string, Shape>> = {
  run: { seed: 'number', shape: 'string', started: 'string' },
  channel: { channel: 'string', kind: 'string', members: 'array' },
  'invoke send': { ...ASKED, channel: 'string', cid: 'string', text: 'string' },
  'invoke history': { ...ASKED, channel: 'string', limit: 'number' },
  'invoke hello': { ...ASKED, cursor: 'string or null' },
  'invoke sync': { ...ASKED, cursor: 'string' },
  'invoke channels': ASKED,
  'ok send': { ...ANSWERED, seq: 'number', server_at: 'string', duplicate: 'boolean' },
  'ok history': { ...ANSWERED, items: 'array', partial: 'boolean' },
  'ok hello': { ...ANSWERED, session: 'string', cursor: 'string' },
  'ok channels': { ...ANSWERED, items: 'array' },
  error: { ...ANSWERED, code: 'string' },
  lost: { ...ANSWERED, why: 'string' },
  event: { ...OF_SESSION, user: 'string', cursor: 'string', prev: 'string', kind: 'string' },
  synced: { ...OF_SESSION, cursor: 'string' },
  reset: { ...OF_SESSION, cursor: 'string', reason: 'string' },
  closed: { ...OF_SESSION, code: 'number' },
  wanted: { ...OF_SDK, text: 'string' },
  sent: { ...OF_SDK, seq: 'number' },
  told: { ...OF_SDK, seq: 'number', from: 'string', text: 'string' },
  left: { at: 'number', client: 'string' },
  fault: { at: 'number', phase: 'string', name: 'string', detail: 'string' },
  quiet: { at: 'number' },
  'final-history': { channel: 'string', reader: 'string', items: 'array' },
  'final-queue': { user: 'string', since: 'string', events: 'array' },
  final: {},
}

const ITEM: Shape = { seq: 'number', cid: 'string', from: 'string', text: 'string', at: 'string' }
const MESSAGE: Shape = { channel: 'string', seq: 'number', cid: 'string', from: 'string', text: 'string' }
const QUEUED: Shape = { cursor: 'string', prev: 'string', kind: 'string' }
const HEAD: Shape = { id: 'string', head: 'number' }

/** Reads one line. Throws UnusableHistory, which names the field. */
export function parseLine(text: string, number: number): Line {
  const at = `line ${number}`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UnusableHistory(`${at} is not JSON (was the file cut short?)`)
  }
  if (!isObject(value)) throw new UnusableHistory(`${at} is not an object`)
  const { type, f } = value
  const name = type === 'invoke' || type === 'ok' ? `${type} ${String(f)}` : String(type)
  const shape = SHAPES[name]
  if (shape === undefined)
    throw new UnusableHistory(`${at}: there is no line of type ${JSON.stringify(name)}`)
  requireShape(value, shape, at)
  if (name === 'event') requireMessage(value, at)
  if (name === 'ok history' || name === 'final-history') each(value['items'], ITEM, at)
  if (name === 'ok channels') each(value['items'], HEAD, at)
  if (name === 'final-queue') each(value['events'], QUEUED, at, requireMessage)
  return value as Line
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function requireShape(value: Record<string, unknown>, shape: Shape, at: string): void {
  for (const field in shape) {
    const wanted = shape[field]
    const found = value[field]
    const is = Array.isArray(found) ? 'array' : typeof found
    if (is === wanted || (wanted === 'string or null' && (is === 'string' || found === null))) continue
    throw new UnusableHistory(`${at}: ${field} must be ${wanted}, not ${JSON.stringify(found)}`)
  }
}

function requireMessage(event: Record<string, unknown>, at: string): void {
  if (event['kind'] === 'message') requireShape(event, MESSAGE, at)
}

function each(
  items: unknown,
  shape: Shape,
  at: string,
  more: (item: Record<string, unknown>, at: string) => void = () => undefined,
): void {
  if (!Array.isArray(items)) return
  for (const item of items) {
    if (!isObject(item)) throw new UnusableHistory(`${at}: an item is not an object`)
    requireShape(item, shape, at)
    more(item, at)
  }
}
