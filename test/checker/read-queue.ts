import { setTimeout as wait } from 'node:timers/promises'
import type { QueueEvent } from './history.ts'
import { UnusableHistory } from './parse.ts'
import type { Reader } from './read-channel.ts'
import { type Json, numberOf, objectOf, stringOf, textOf } from './wire.ts'

const SILENCE_LIMIT_MS = 15_000
const RETRY_MS = 500
/** Connections in a row that brought nothing: a minute or two. */
const TRIES_MAX = 100

/** What one connection brought: the events, and whether they were all. */
type Outcome = { readonly end: 'synced' | 'reset' | 'closed'; readonly why: string }

/**
 * A user's queue as a device is told it that has never been there, from `since` on; null = from its first event.
 * `take` gets the events as they come. Gives the cursor that it was read from, or null if the queue doesn't go back so
 * far. Throws UnusableHistory if it can't be had.
 */
export async function readQueue(
  reader: Reader,
  since: string | null,
  take: (since: string, event: QueueEvent) => void,
): Promise<string | null> {
  const from = since ?? (await beginningOf(reader))
  let position = from
  let last = ''
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const before = position
    const { end, why } = await connect(reader, attempt, position, (frame) => {
      if (frame['t'] !== 'event' || typeof frame['cursor'] !== 'string') return
      position = frame['cursor']
      take(from, eventOf(frame))
    })
    if (end === 'synced') return from
    if (end === 'reset') return null
    last = why
    if (position !== before) attempt = 0
    await wait(RETRY_MS)
  }
  throw new UnusableHistory(`${reader.user}'s queue can't be read: ${last}`)
}

/** The place before the queue's first event. */
async function beginningOf(reader: Reader): Promise<string> {
  let last = ''
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    let cursor: string | null = null
    const { why } = await connect(reader, attempt, null, (frame) => {
      if (frame['t'] === 'welcome') cursor = stringOf(frame, 'cursor')
    })
    if (cursor !== null) return String(cursor).replace(/\d+$/, '0')
    last = why
    await wait(RETRY_MS)
  }
  throw new UnusableHistory(`${reader.user} isn't welcomed: ${last}`)
}

/** One connection, up to the end of what was missed. */
function connect(
  { edges, token }: Reader,
  attempt: number,
  cursor: string | null,
  take: (frame: Json) => void,
): Promise<Outcome> {
  const edge = edges[attempt % edges.length] ?? ''
  const socket = new WebSocket(`${edge.replace(/^http/, 'ws')}/v1/ws`, 'weft.v1')
  return new Promise((resolve, reject) => {
    let timer = setTimeout(silent, SILENCE_LIMIT_MS)
    function finish(end: Outcome['end'], why: string): void {
      clearTimeout(timer)
      // Closing one that never opened is an error of its own.
      socket.onmessage = socket.onclose = socket.onerror = null
      socket.close()
      resolve({ end, why })
    }
    function silent(): void {
      finish('closed', `${edge} was silent`)
    }
    socket.onopen = () => {
      const device = `checker-${crypto.randomUUID()}`
      socket.send(
        JSON.stringify({ t: 'hello', id: 1, token, device, ...(cursor === null ? {} : { cursor }) }),
      )
    }
    socket.onerror = () => finish('closed', `${edge} can't be reached`)
    socket.onclose = ({ code }) => finish('closed', `${edge} closed with ${code}`)
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer)
      timer = setTimeout(silent, SILENCE_LIMIT_MS)
      try {
        const frame = objectOf(JSON.parse(String(data)))
        if (frame['t'] === 'ping') socket.send(JSON.stringify({ t: 'pong' }))
        take(frame)
        if (frame['t'] === 'synced' || frame['t'] === 'reset') finish(frame['t'], '')
        if (frame['t'] === 'error') finish('closed', String(data))
      } catch (error) {
        finish('closed', 'not a frame')
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
  })
}

function eventOf(frame: Json): QueueEvent {
  const event = objectOf(frame['event'])
  const kind = stringOf(event, 'kind')
  const place = { cursor: stringOf(frame, 'cursor'), prev: stringOf(frame, 'prev'), kind }
  if (kind !== 'message') return place
  return {
    ...place,
    channel: stringOf(event, 'channel'),
    seq: numberOf(event, 'seq'),
    cid: stringOf(event, 'cid'),
    from: stringOf(event, 'from'),
    text: textOf(event['body']),
  }
}
