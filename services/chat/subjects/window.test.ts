import { expect, test } from 'vitest'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { windowOf } from './window.ts'

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
