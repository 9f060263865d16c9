import { channelKindShape } from '../../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../../shared/protocol/ids.ts'
import { cutWord, HIGHEST, shardOf, wordsOf } from '../names.ts'
import type { PublicChannel, PublicPage, PublicPlace } from '../store.ts'
import { type Database, integer, type Row, type StatementSync, text, textOrNull } from './database.ts'

/** Rows that one page looks at, at the most: a word that many names hold costs no more than that. */
const ROWS_A_PAGE = 1_000
/**
 * Which public channels have a word in their name. Read by shard (the word's first character; the empty one holds every
 * channel once, by its whole name) and from a word on: the partition key and the clustering order of a store that has those.
 */
export class PublicTables {
  readonly #wordPut: StatementSync
  readonly #wordDelete: StatementSync
  readonly #from: StatementSync
  readonly #channelGet: StatementSync

  constructor(db: Database) {
    this.#wordPut = db.prepare(
      'INSERT INTO public_words (shard, word, channel) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#wordDelete = db.prepare('DELETE FROM public_words WHERE shard = ? AND word = ? AND channel = ?')
    this.#from = db.prepare(
      `SELECT word, channel FROM public_words
       WHERE shard = ? AND (word, channel) > (?, ?) AND word < ? ORDER BY word, channel LIMIT ?`,
    )
    this.#channelGet = db.prepare(
      `SELECT id, kind, name, members, topic, avatar, description FROM channels
       WHERE id = ? AND public = 1 AND archived = 0`,
    )
  }

  /** Under the words of one name rather than of another; null = it isn't found (any more). */
  move(channel: ChannelId, from: string | null, to: string | null): void {
    if (from === to) return
    if (from !== null) for (const [shard, word] of rowsOf(from)) this.#wordDelete.run(shard, word, channel)
    if (to !== null) for (const [shard, word] of rowsOf(to)) this.#wordPut.run(shard, word, channel)
  }

  /** Channels with a word that begins with each one asked for, in the order of the longest; all of them if none is. */
  find(query: string, after: PublicPlace | null, limit: number, maxBytes: number): PublicPage {
    const asked = wordsOf(query)
    const longest = asked.reduce((a, b) => (b.length > a.length ? b : a), '')
    const { word, channel } = after ?? { word: longest, channel: '' }
    const items: PublicChannel[] = []
    let place: PublicPlace | null = null
    let looked = 0
    let size = 0
    for (const row of this.#from.iterate(shardOf(longest), word, channel, longest + HIGHEST, ROWS_A_PAGE)) {
      looked++
      const before = place
      place = { word: text(row, 'word'), channel: trusted<ChannelId>(text(row, 'channel')) }
      const found = this.#channelGet.get(place.channel)
      if (found !== undefined && isAnswer(place.word, text(found, 'name'), asked, longest)) {
        const item = channelOf(found)
        size += Buffer.byteLength(JSON.stringify(item))
        if (items.length > 0 && size > maxBytes) return { items, next: before }
        items.push(item)
      }
      if (items.length === limit) return { items, next: place }
    }
    return { items, next: looked === ROWS_A_PAGE ? place : null }
  }
}

function* rowsOf(name: string): Generator<readonly [shard: string, word: string]> {
  yield ['', cutWord(name)]
  for (const word of wordsOf(name)) yield [shardOf(word), word]
}

/** A name with several words that begin alike is shown once: under the first of them. */
function isAnswer(word: string, name: string, asked: readonly string[], longest: string): boolean {
  if (asked.length === 0) return true
  const words = wordsOf(name)
  const first = words.filter((one) => one.startsWith(longest)).sort(byCodePoint)[0]
  return first === word && asked.every((part) => words.some((one) => one.startsWith(part)))
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const channelOf = (row: Row): PublicChannel => ({
  id: trusted<ChannelId>(text(row, 'id')),
  kind: channelKindShape.parse(row['kind']),
  name: textOrNull(row, 'name'),
  members: integer(row, 'members'),
  topic: textOrNull(row, 'topic'),
  avatar: textOrNull(row, 'avatar'),
  description: textOrNull(row, 'description'),
})
