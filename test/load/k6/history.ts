import http from 'k6/http'
import type { LoadUser } from '../scenario-list.ts'
import { nowMs } from './clock.ts'
import { counts, refusedShare, times } from './metrics.ts'
import { values } from './settings.ts'
import { mintToken } from './token.ts'

type Page = {
  readonly items: readonly { readonly seq: number }[]
  readonly next: string | null
  readonly partial?: boolean
}

/** Reads one group's history backwards from what it held when the run began, round and round. */
export class HistoryReader {
  readonly #user: LoadUser
  readonly #token: string
  #before: number

  constructor(user: LoadUser) {
    this.#user = user
    this.#token = user.token ?? mintToken(values.secret, user.id)
    this.#before = user.head + 1
  }

  /** Asks for the next page, whether or not the one before has come. */
  read(dueMs: number): void {
    const before = this.#before
    this.#before = before - values.page <= 1 ? this.#user.head + 1 : before - values.page
    const { edge, group } = this.#user
    const address = `${edge}/v1/channels/${group}/messages?before=${before}&limit=${values.page}`
    const params = { headers: { authorization: `Bearer ${this.#token}` }, tags: { name: 'history' } }
    void http.asyncRequest('GET', address, null, params).then((response) => {
      if (response.status !== 200 || typeof response.body !== 'string') {
        refusedShare.add(1)
        counts.refused.add(1, { code: codeOf(response.body) })
        return
      }
      const page: Page = JSON.parse(response.body)
      refusedShare.add(0)
      times.history.add(nowMs() - dueMs)
      counts.historyPages.add(1)
      counts.historyMessages.add(page.items.length)
      if (!isWhole(page, before)) counts.gaps.add(1)
    })
  }
}

/** Dense, up to right before `before`; it may be shorter than was asked for only if it says that it goes on. */
function isWhole({ items, next, partial }: Page, before: number): boolean {
  const from = before - items.length
  const isDense = items.every(({ seq }, index) => seq === from + index)
  return isDense && (from === Math.max(1, before - values.page) || next !== null || partial === true)
}

function codeOf(body: unknown): string {
  const found = typeof body === 'string' ? /"code":"(\w+)"/.exec(body)?.[1] : undefined
  return found ?? 'no_answer'
}
