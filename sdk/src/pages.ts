import type { Page } from './api/administration.ts'
import { itemsOf } from './directory.ts'
import type { Http } from './http.ts'
import { isJson, type Json, text } from './wire.ts'

/** A page of a list; what can't be read as one of its items is passed over. */
export async function fetchPage<Item>(
  http: Http,
  path: string,
  query: { readonly [name: string]: string | number | undefined },
  parse: (item: Json) => Item | undefined,
): Promise<Page<Item>> {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  const answer = await http.call('GET', parameters.size > 0 ? `${path}?${parameters}` : path)
  const items = itemsOf(answer).flatMap((item) => (isJson(item) ? (parse(item) ?? []) : []))
  return { items, next: text(answer.next) ?? null }
}

/** All of a list whose length the server bounds, page by page. */
export async function fetchAll<Item>(
  http: Http,
  path: string,
  parse: (item: Json) => Item | undefined,
  query: { readonly limit?: number } = {},
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await fetchPage(http, path, { ...query, cursor }, parse)
    items.push(...page.items)
    if (page.next === null) return items
    cursor = page.next
  }
}
