import { pageOf } from './my-state.ts'
import type { Route } from './types.ts'

export const listDrafts: Route<'listDrafts'> = async ({ directory }, { identity, query }) => {
  const { rows, next } = await pageOf(directory, identity.user, 'draft', query)
  return {
    status: 200,
    body: { items: rows.map(({ key, value }) => ({ channel: key, body: JSON.parse(value) })), next },
  }
}
