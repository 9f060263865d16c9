import { setTimeout as wait } from 'node:timers/promises'
import type { Item } from './history.ts'
import { UnusableHistory } from './parse.ts'
import { numberOf, objectOf, stringOf, textOf } from './wire.ts'

const PAGE = 200
const ANSWER_LIMIT_MS = 15_000
const RETRY_MS = 500
/** Tries of one page: a minute or two. */
const TRIES_MAX = 100

export type Reader = { readonly edges: readonly string[]; readonly user: string; readonly token: string }

/** A channel's whole history, page by page upwards. Throws UnusableHistory if it can't be had. */
export async function* readChannel(reader: Reader, channel: string): AsyncGenerator<Item[]> {
  let query = 'after=0'
  for (;;) {
    const page = await readPage(reader, `/v1/channels/${channel}/messages?limit=${PAGE}&${query}`)
    yield page.items
    if (page.next === null) return
    if (page.items.length === 0)
      throw new UnusableHistory(`${channel}: an empty page that goes on at ${page.next}`)
    query = `cursor=${encodeURIComponent(page.next)}`
  }
}

type Page = { readonly items: Item[]; readonly next: string | null }

async function readPage({ edges, user, token }: Reader, path: string): Promise<Page> {
  let last = ''
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const edge = edges[attempt % edges.length] ?? ''
    try {
      const response = await fetch(`${edge}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      })
      const text = await response.text()
      if (response.status === 200) {
        const page = pageOf(JSON.parse(text))
        if (page !== null) return page
        last = 'the page is partial'
      } else last = `${response.status} ${text}`
      // Whatever else it says (forbidden, not found …) will be said again.
      if (response.status >= 400 && response.status < 500 && response.status !== 429) break
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await wait(RETRY_MS)
  }
  throw new UnusableHistory(`${user} can't read ${path}: ${last}`)
}

function pageOf(answer: unknown): Page | null {
  const { items, next, partial } = objectOf(answer)
  if (partial === true) return null
  if (!Array.isArray(items) || (typeof next !== 'string' && next !== null))
    throw new Error(`not a page: ${JSON.stringify(answer)}`)
  return { items: items.map(itemOf), next }
}

function itemOf(value: unknown): Item {
  const message = objectOf(value)
  return {
    seq: numberOf(message, 'seq'),
    cid: stringOf(message, 'cid'),
    from: stringOf(message, 'from'),
    text: textOf(message['body']),
    at: stringOf(message, 'at'),
  }
}
