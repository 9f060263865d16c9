import { pageOf } from './my-state.ts'
import type { Route } from './types.ts'

export const listMutes: Route<'listMutes'> = async ({ directory }, { identity, query }) => {
  const { rows, next } = await pageOf(directory, identity.user, 'mute', query)
  return {
    status: 200,
    body: { items: rows.map(({ key, value }) => ({ channel: key, mute: JSON.parse(value) })), next },
  }
}
