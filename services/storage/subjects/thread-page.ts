import type { threadPage } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { Operation } from './types.ts'

/** A page of a thread's replies; what doesn't fit falls off at the end that a reader gets to later. */
export const threadPageOperation: Operation<typeof threadPage> =
  ({ store, history }) =>
  async ({ channel, user, thread, before, after, limit }) => {
    const turn = after === undefined ? { before: before ?? null } : { after }
    const seqs = await store.threadReplies(channel, thread, turn, limit + 1)
    const messages = await history.some(channel, seqs.slice(0, limit), user, MAX_PAGE_BYTES)
    const more = messages.length < seqs.length
    return { messages: after === undefined ? messages.toReversed() : messages, more }
  }
