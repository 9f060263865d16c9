import type { stateGet, statesGet } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { Operation } from './types.ts'

/** A page of an area of a user's state, or one row of it. */
export const stateGetOperation: Operation<typeof stateGet> =
  ({ store }) =>
  async ({ user, area, key, after, limit }) => {
    const count = await store.stateCount(user, area)
    if (key !== null) {
      const [value] = await store.stateValues([{ user, area, key }])
      return { rows: value === null || value === undefined ? [] : [{ key, value }], more: false, count }
    }
    const rows = await store.stateRows(user, area, after, limit + 1, MAX_PAGE_BYTES)
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const more = last !== undefined && (await store.stateRows(user, area, last.key, 1, 1)).length > 0
    return { rows: page, more, count }
  }

export const statesGetOperation: Operation<typeof statesGet> =
  ({ store }) =>
  async ({ asked }) => ({ values: await store.stateValues(asked) })
