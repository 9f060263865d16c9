import { expect, test } from 'vitest'
import { type Replica, suspects } from './replicas.ts'

const copy = (server: string, change: Partial<Replica> = {}): Replica => ({
  server,
  stream: 'LOG-local-0',
  messages: 60,
  firstSequence: 41,
  lastSequence: 100,
  deleted: 0,
  ...change,
})
const dense = (stream: string) => stream.startsWith('LOG')
const found = (...replicas: Replica[]) => suspects(replicas, dense).map(({ server }) => server)

test('replicas that are whole are no suspects, one that lags or is empty included', () => {
  const behind = copy('b', { lastSequence: 90, messages: 50 })
  const trimmed = copy('c', { firstSequence: 51, messages: 50 })
  const empty = copy('d', { firstSequence: 0, lastSequence: 0, messages: 0 })
  const purged = copy('e', { firstSequence: 101, lastSequence: 100, messages: 0 })
  expect(found(copy('a'), behind, trimmed, empty, purged)).toEqual([])
})

test('a replica with holes is a suspect, even if all have the same', () => {
  const holes = { messages: 40, deleted: 20 }
  expect(found(copy('a'), copy('b', holes), copy('c'))).toEqual(['b'])
  expect(found(copy('a', holes), copy('b', holes), copy('c', holes))).toEqual(['a', 'b', 'c'])
  expect(found(copy('a', { messages: 59 }))).toEqual(['a'])
})

test('where holes are normal, replicas with the same end must hold the same', () => {
  const kv = (server: string, change: Partial<Replica> = {}) =>
    copy(server, { stream: 'KV_weft-keys-local', messages: 5, deleted: 55, ...change })
  expect(found(kv('a'), kv('b'), kv('c', { lastSequence: 101, messages: 6 }))).toEqual([])
  expect(found(kv('a'), kv('b', { messages: 4, deleted: 56 }), kv('c'))).toEqual(['b'])
})
