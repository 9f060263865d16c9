import type { changesList } from '../../../shared/fabric/calls.ts'
import { portionOf } from '../../../shared/fabric/portions.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { Operation } from './types.ts'

export const changesListOperation: Operation<typeof changesList> =
  ({ store, bodies }) =>
  async ({ channel, after_rev, limit }) => {
    const { records, more } = await store.channelRecords(channel, after_rev, limit, MAX_PAGE_BYTES)
    const read = records.map(async ({ rev, record }) => {
      const event = await bodies.change(record)
      return { rev, json: event === null ? null : Buffer.from(event).toString() }
    })
    const changes = await Promise.all(read)
    const page = portionOf(changes)
    const last = page.at(-1)
    const isMore = more || page.length < changes.length
    return {
      events: page.flatMap(({ json }) => json ?? []),
      next: isMore && last !== undefined ? String(last.rev) : null,
    }
  }
