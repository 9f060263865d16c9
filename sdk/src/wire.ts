import { isRole, RIGHTS, type Rights } from './rights.ts'
import type { Channel, ChannelKind, Cursor, DeviceId, Mark, UserId } from './types.ts'

/** Any JSON object; what comes from the server is looked at field by field, for a newer one may send more. */
export type Json = { readonly [key: string]: unknown }

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** A frame that can't be read is passed over: newer servers may say what this version doesn't know. */
export function parseFrame(data: string): Json | undefined {
  try {
    const frame: unknown = JSON.parse(data)
    return isJson(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

export interface Welcome {
  readonly user: UserId
  readonly device: DeviceId
  readonly session: string
  readonly heartbeatMs: number
  readonly cursor: Cursor
}

const DEFAULT_HEARTBEAT_S = 25

export function parseWelcome(frame: Json): Welcome | undefined {
  const user = text(frame.user)
  const cursor = text(frame.cursor)
  if (user === undefined || cursor === undefined) return undefined
  return {
    user,
    cursor,
    device: text(frame.device) ?? '',
    session: text(frame.session) ?? '',
    heartbeatMs: (number(frame.heartbeat) ?? DEFAULT_HEARTBEAT_S) * 1000,
  }
}

const KINDS: readonly string[] = ['direct', 'group', 'broadcast'] satisfies ChannelKind[]
export const isKind = (value: unknown): value is ChannelKind =>
  typeof value === 'string' && KINDS.includes(value)

/** The channel as the server tells it; `undefined` if this isn't one. */
export function parseChannel(value: unknown): Channel | undefined {
  if (!isJson(value) || typeof value.id !== 'string') return undefined
  const peer = text(value.peer)
  return {
    id: value.id,
    kind: isKind(value.kind) ? value.kind : 'group',
    name: text(value.name) ?? null,
    members: number(value.members) ?? 0,
    head: number(value.head) ?? 0,
    read: number(value.read) ?? 0,
    unread: number(value.unread) ?? 0,
    mentions: number(value.mentions) ?? 0,
    ...muteOf(value.mute, value.muted === true),
    role: text(value.role) ?? 'member',
    rev: number(value.rev) ?? 0,
    fanout: value.fanout === 'read' ? 'read' : 'queue',
    ...settingsOf(value),
    ...(peer === undefined ? {} : { peer }),
    ...marksOf(value.marks),
  }
}

/** What a channel is, its name aside; what says nothing is left out by the server. */
export const settingsOf = (value: Json) => ({
  topic: text(value.topic) ?? null,
  avatar: text(value.avatar) ?? null,
  description: text(value.description) ?? null,
  public: value.public === true,
  archived: value.archived === true,
  rights: rightsOf(value.rights),
  disappear_after_s: number(value.disappear_after_s) ?? null,
})

/** Those that this version knows. */
function rightsOf(value: unknown): Partial<Rights> {
  if (!isJson(value)) return {}
  const told = RIGHTS.map((right) => [right, value[right]]).filter(([, role]) => isRole(role))
  return Object.fromEntries(told)
}

/** How a channel is muted, until that time comes; `given` absent: as `muted` says. */
export function muteOf(given: unknown, muted = false): Pick<Channel, 'muted' | 'mute'> {
  if (!isJson(given)) return { muted }
  return { muted: true, mute: { until: text(given.until) ?? null, mentions: given.mentions !== false } }
}

/** By user; as the store keeps them too. */
function marksOf(value: unknown): { marks?: Record<UserId, Mark> } {
  if (!isJson(value)) return {}
  const marks: Record<UserId, Mark> = {}
  for (const [user, mark] of Object.entries(value)) {
    if (isJson(mark)) marks[user] = { delivered: number(mark.delivered) ?? 0, read: number(mark.read) ?? 0 }
  }
  return { marks }
}

/** `<epoch>:<n>`; anything else is unlike every other cursor. */
export function parseCursor(cursor: Cursor): { epoch: string; n: number } {
  const colon = cursor.lastIndexOf(':')
  const n = colon < 0 ? Number.NaN : Number(cursor.slice(colon + 1))
  return { epoch: cursor.slice(0, Math.max(0, colon)), n }
}

/** Whether `a` is the same place as `b` or before it, as far as one epoch can tell. */
export function notAfter(a: Cursor, b: Cursor): boolean {
  const [left, right] = [parseCursor(a), parseCursor(b)]
  return a === b || (left.epoch === right.epoch && left.n <= right.n)
}

export const sameEpoch = (a: Cursor, b: Cursor): boolean => parseCursor(a).epoch === parseCursor(b).epoch
