import { expect, test } from 'vitest'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { History } from './history.ts'

const channel = trusted<ChannelId>('c1')

/** Of messages that stand in the store as they are shown. */
const bodies = { messages: async (records: readonly Uint8Array[]) => [...records], edit: async () => null }
const reader = trusted<UserId>('ann')

/** A store that counts what it is asked, and has messages up to `head`. */
function counted(head: number) {
  const store = {
    reads: 0,
    head,
    messageChanges: async () => [],
    messagesAt: async () => [],
    messages: async (_channel: ChannelId, first: number, last: number) => {
      store.reads++
      const count = Math.max(0, Math.min(last, store.head) - first + 1)
      return Array.from({ length: count }, (_, i) => Buffer.from(`${first + i}`))
    },
  }
  return store
}

test('equal reads at once are one query, and a whole page is kept', async () => {
  const store = counted(50)
  const history = new History(store, bodies, 1e6)
  const pages = await Promise.all(Array.from({ length: 100 }, () => history.range(channel, 1, 50, reader)))
  expect(store.reads).toBe(1)
  for (const { messages } of pages) expect(messages).toHaveLength(50)
  await history.range(channel, 1, 50, reader)
  expect(store.reads).toBe(1)
})

test('a page that is not whole is asked for again', async () => {
  const store = counted(3)
  const history = new History(store, bodies, 1e6)
  expect((await history.range(channel, 1, 5, reader)).messages).toHaveLength(3)
  store.head = 5
  expect((await history.range(channel, 1, 5, reader)).messages).toHaveLength(5)
})

test('the pages kept are bounded', async () => {
  const store = counted(1_000)
  const history = new History(store, bodies, 500)
  await history.range(channel, 1, 3, reader)
  await history.range(channel, 4, 6, reader)
  await history.range(channel, 1, 3, reader)
  expect(store.reads).toBe(3)
})
