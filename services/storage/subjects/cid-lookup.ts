import type { cidLookup } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const cidLookupOperation: Operation<typeof cidLookup> =
  ({ store }) =>
  async ({ channel, user, cid }) => ({ found: await store.cid(channel, user, cid) })
