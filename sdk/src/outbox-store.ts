import { errorFromWire } from './errors.ts'
import type { Keeper } from './keeper.ts'
import type { Store } from './options.ts'
import type { Cid, OutboxEntry, SendOptions } from './types.ts'
import { isJson, number, text } from './wire.ts'

const PREFIX = 'outbox/'

export const entryKey = (cid: Cid): string => PREFIX + cid

/** What has been acked is the server's to keep. */
export function saveEntry(keeper: Keeper, entry: OutboxEntry): void {
  const { error, ...rest } = entry
  const kept = error ? { ...rest, problem: { code: error.code, message: error.message } } : rest
  keeper.put(entryKey(entry.cid), entry.status === 'acked' ? undefined : kept)
}

/** In the order in which they were sent. */
export async function loadOutbox(store: Store): Promise<OutboxEntry[]> {
  const entries: OutboxEntry[] = []
  for (const [, value] of await store.list(PREFIX)) {
    const entry = parseEntry(value)
    if (entry) entries.push(entry)
  }
  return entries.sort((a, b) => a.order - b.order)
}

function parseEntry(value: unknown): OutboxEntry | undefined {
  if (!isJson(value)) return undefined
  const { cid, channel, body } = value
  if (typeof cid !== 'string' || typeof channel !== 'string') return undefined
  if (typeof body !== 'string' && !isJson(body)) return undefined
  const common = {
    cid,
    channel,
    body,
    options: parseOptions(value.options),
    createdAt: text(value.createdAt) ?? '',
    order: number(value.order) ?? 0,
  }
  const problem = isJson(value.problem) ? value.problem : {}
  if (value.status === 'failed') {
    return { ...common, status: 'failed', error: errorFromWire(problem.code, problem.message, undefined) }
  }
  // Whether it left before the page went away isn't known: it counts as on its way.
  return { ...common, status: 'sent' }
}

function parseOptions(value: unknown): SendOptions {
  if (!isJson(value)) return {}
  const { ack, replyTo, quote, mentions, mentionAll, forward } = value
  return {
    ...(ack === 'region' || ack === 'global' ? { ack } : {}),
    ...(typeof replyTo === 'number' ? { replyTo } : {}),
    ...(typeof quote === 'number' ? { quote } : {}),
    ...(Array.isArray(mentions) ? { mentions: mentions.map(String) } : {}),
    ...(mentionAll === 'channel' || mentionAll === 'here' ? { mentionAll } : {}),
    ...(isJson(forward) && typeof forward.channel === 'string' && typeof forward.seq === 'number'
      ? { forward: { channel: forward.channel, seq: forward.seq } }
      : {}),
  }
}
