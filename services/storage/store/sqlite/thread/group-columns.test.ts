import { expect, test } from 'vitest'
import { type ChannelId, type Cid, trusted, type UserId } from '../../../../../shared/protocol/ids.ts'
import type { Group } from '../../store.ts'
import { buffersOf, fromColumns, toColumns } from './group-columns.ts'

const [ann, bob] = [trusted<UserId>('ann'), trusted<UserId>('bøb')]
const channel = trusted<ChannelId>('c1')
const position = { pack: 7, lineage: 2, digest: new Uint8Array(16).fill(9) }
// Views into one larger buffer, as records of a pack are.
const pack = Buffer.from('..{"a":1}{"b":22}..')
const [first, second] = [pack.subarray(2, 9), pack.subarray(9, 17)]

const message = (seq: number, from: UserId, json: Uint8Array) =>
  ({
    type: 'message',
    channel,
    rev: seq + 1,
    seq,
    from,
    cid: trusted<Cid>(`x${seq}`),
    at: 1_700_000_000_000 + seq,
    json,
  }) as const

const groups: readonly Group[] = [
  {
    kind: 'log',
    partition: 3,
    position,
    writes: [
      message(1, ann, first),
      {
        type: 'channel',
        lineage: 2,
        record: { type: 'channel', channel, rev: 3, at: 5, by: ann, change: { op: 'left', user: bob } },
      },
      message(2, bob, second),
      message(3, ann, new Uint8Array(0)),
    ],
  },
  {
    kind: 'sync',
    partition: 0,
    position,
    writes: [
      { type: 'user', user: bob, change: { op: 'read', channel, seq: 4 } },
      { type: 'event', at: 12, json: second, deliveries: [ann, bob, ann].map((user, n) => ({ user, n })) },
      { type: 'event', at: 13, json: first, deliveries: [] },
      { type: 'user', user: ann, change: { op: 'read', channel, seq: 5 } },
    ],
  },
  { kind: 'log', partition: 1, position, writes: [] },
]

/** JSON as text, since a Buffer and a Uint8Array of the same bytes aren't equal to `toEqual`. */
const plain = ({ writes, ...rest }: Group) => ({
  ...rest,
  writes: writes.map((write) =>
    'json' in write ? { ...write, json: Buffer.from(write.json).toString() } : write,
  ),
})

test('a group that went over to a thread says the same, in the same order', () => {
  for (const group of groups) {
    const columns = toColumns(group)
    const over = structuredClone(columns, { transfer: buffersOf(columns) })
    expect(plain(fromColumns(over))).toEqual(plain(group))
  }
})

test('nothing but the JSON itself goes over, and no id twice', () => {
  const [group] = groups
  if (group === undefined) throw new Error('there is one')
  const { bytes, ids } = toColumns(group)
  expect(bytes.buffer.byteLength).toBe(first.length + second.length)
  expect(ids).toEqual([channel, ann, bob])
})

test('columns that are cut short are refused', () => {
  const [group] = groups
  if (group === undefined) throw new Error('there is one')
  const columns = toColumns(group)
  expect(() => fromColumns({ ...columns, numbers: columns.numbers.slice(0, -1) })).toThrow(RangeError)
  expect(() => fromColumns({ ...columns, ids: [] })).toThrow(RangeError)
})
