import type { channelsPublic } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { Operation } from './types.ts'

export const channelsPublicOperation: Operation<typeof channelsPublic> =
  ({ store }) =>
  async ({ query, after, limit }) => {
    const { items, next } = await store.publicChannels(query, after, limit, MAX_PAGE_BYTES)
    return { items: [...items], next }
  }
