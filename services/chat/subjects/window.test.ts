import { expect, test } from 'vitest'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { fitWindow, windowOf } from './window.ts'

const base = { channel: trusted<ChannelId>('c'), user: trusted<UserId>('u') }

test.each([
  ['the newest page', {}, 100, 10, [91, 100]],
  ['fewer than a page', {}, 3, 10, [1, 3]],
  ['before', { before: 50 }, 100, 10, [40, 49]],
  ['before the first', { before: 1 }, 100, 10, [1, 0]],
  ['before nothing', { before: 0 }, 100, 10, [1, 0]],
  ['before what is not there yet', { before: 1_000 }, 100, 10, [91, 100]],
  ['after', { after: 50 }, 100, 10, [51, 60]],
  ['after the last', { after: 100 }, 100, 10, [101, 100]],
  ['after nothing', { after: 0 }, 100, 10, [1, 10]],
  ['around', { around: 50 }, 100, 10, [45, 54]],
  ['around the first', { around: 1 }, 100, 10, [1, 10]],
  ['around the last', { around: 100 }, 100, 10, [91, 100]],
  ['around in a short channel', { around: 2 }, 4, 10, [1, 4]],
  ['around beyond', { around: 1_000 }, 100, 10, [91, 100]],
  ['an empty channel', {}, 0, 10, [1, 0]],
] as const)('%s', (_name, bounds, head, limit, [first, last]) => {
  expect(windowOf({ ...base, ...bounds, limit }, head)).toEqual({ first, last })
})

/** Messages of 10 bytes, the newer ones in memory. */
const page = (first: number, last: number, from: number) => ({
  first,
  last,
  head: 100,
  reach: 0,
  pinned: [],
  run: {
    from,
    messages: Array.from({ length: last - from + 1 }, (_, i) => Buffer.from([from + i, ...Array(9)])),
  },
})
test.each([
  ['that fits', { before: 21 }, page(11, 20, 15), 60, [11, 20, 15]],
  ['going back', { before: 21 }, page(1, 20, 5), 50, [16, 20, 16]],
  ['going forth', { after: 10 }, page(11, 20, 15), 30, [11, 17, 15]],
  ['around one', { around: 10 }, page(1, 20, 1), 50, [8, 12, 8]],
  ['around one near the end', { around: 19 }, page(1, 20, 1), 50, [16, 20, 16]],
  ['of one that is too large', {}, page(20, 20, 20), 5, [20, 20, 20]],
] as const)('a page %s', (_name, bounds, whole, maxBytes, [first, last, from]) => {
  const cut = fitWindow({ ...base, ...bounds, limit: 20 }, whole, maxBytes)
  expect(cut).toMatchObject({ first, last, head: 100, run: { from } })
  expect(cut.run.messages.map((message) => message[0])).toEqual(
    Array.from({ length: last - from + 1 }, (_, i) => from + i),
  )
})
