import type { changesList } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const changesListOperation: Operation<typeof changesList> =
  ({ store, bodies }) =>
  async ({ channel, after_rev, limit }) => {
    const records = await store.channelRecords(channel, after_rev, limit + 1)
    const page = records.slice(0, limit)
    const events = await Promise.all(page.map(({ record }) => bodies.change(record)))
    const last = page.at(-1)
    return {
      events: events.flatMap((event) => (event === null ? [] : [Buffer.from(event).toString()])),
      next: records.length > limit && last !== undefined ? String(last.rev) : null,
    }
  }
