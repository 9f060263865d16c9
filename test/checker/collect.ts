import { appendFileSync } from 'node:fs'
import type { Line, QueueEvent } from './history.ts'
import { linesOf } from './lines.ts'
import { parseLine, UnusableHistory } from './parse.ts'
import { type Reader, readChannel } from './read-channel.ts'
import { readQueue } from './read-queue.ts'
import { mintToken } from './wire.ts'

/** Users whose final state is read at the same time. */
const READERS = 4
const EVENTS_A_LINE = 500

/** What of the history the reading needs. */
type Cast = {
  readonly secret: string
  /** By user: their channels. */
  readonly channels: ReadonlyMap<string, readonly string[]>
  /** By user: the first cursor that one of their devices knew. */
  readonly cursors: ReadonlyMap<string, string>
}

/**
 * Reads the final state over the public protocol and appends it to the history: every channel as each of its members,
 * every queue as a new device from its beginning (or from the first cursor known, if it doesn't go back so far).
 *
 * @param edges base URLs (`http://…`)
 * @throws UnusableHistory if it can't be read, or stands there already
 */
export async function collect(path: string, edges: readonly string[]): Promise<void> {
  const { secret, channels, cursors } = await castOf(path)
  const append = (line: Line) => appendFileSync(path, `${JSON.stringify(line)}\n`)
  const waiting = [...channels]
  await Promise.all(
    Array.from({ length: READERS }, async (_, place) => {
      // Each begins at another edge.
      const mine = edges.map((_, index) => edges[(index + place) % edges.length] ?? '')
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [user, theirs] = next
        const reader: Reader = { edges: mine, user, token: mintToken(secret, user) }
        for (const channel of theirs)
          for await (const items of readChannel(reader, channel))
            append({ type: 'final-history', channel, reader: user, items })
        await collectQueue(reader, cursors.get(user), append)
      }
    }),
  )
  append({ type: 'final' })
}

async function collectQueue(
  reader: Reader,
  known: string | undefined,
  append: (line: Line) => void,
): Promise<void> {
  const { user } = reader
  for (const since of known === undefined ? [null] : [null, known]) {
    let events: QueueEvent[] = []
    const flush = (from: string) => {
      append({ type: 'final-queue', user, since: from, events })
      events = []
    }
    const from = await readQueue(reader, since, (from, event) => {
      events.push(event)
      if (events.length >= EVENTS_A_LINE) flush(from)
    })
    if (from !== null) return flush(from)
  }
  throw new UnusableHistory(`${user}'s queue was reset: it doesn't go back to what their devices knew`)
}

const CONCERNS = /"type":"(run|channel|final)"|"f":"hello"/

async function castOf(path: string): Promise<Cast> {
  let secret: string | undefined
  const channels = new Map<string, string[]>()
  const cursors = new Map<string, string>()
  const hellos = new Map<number, string>()
  let number = 0
  for await (const text of linesOf(path)) {
    number += 1
    if (!CONCERNS.test(text)) continue
    const line = parseLine(text, number)
    if (line.type === 'run') secret = line.secret
    if (line.type === 'final') throw new UnusableHistory('the final state stands there already')
    if (line.type === 'channel')
      for (const member of line.members) channels.set(member, [...(channels.get(member) ?? []), line.channel])
    if (line.type === 'invoke' && line.f === 'hello') hellos.set(line.op, line.user)
    if (line.type === 'ok' && line.f === 'hello') {
      const user = hellos.get(line.op)
      if (user !== undefined && !cursors.has(user)) cursors.set(user, line.cursor)
    }
  }
  if (secret === undefined)
    throw new UnusableHistory('the run line names no secret to read the final state with')
  return { secret, channels, cursors }
}
