import { pageOf } from './my-state.ts'
import type { Route } from './types.ts'

export const listBlocks: Route<'listBlocks'> = async ({ directory }, { identity, query }) => {
  const { rows, next } = await pageOf(directory, identity.user, 'block', query)
  return { status: 200, body: { items: rows.map(({ key }) => ({ user: key })), next } }
}
