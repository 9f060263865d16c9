import { expect, test } from 'vitest'
import type { Group } from '../../store.ts'
import { buffersOf, fromBytes, toBytes } from './group-bytes.ts'

// Views into one larger buffer, as the records of a pack are.
const pack = Buffer.from('..one.two2..')
const [one, two] = [pack.subarray(2, 5), pack.subarray(6, 10)]
const group: Group = {
  kind: 'log',
  partition: 3,
  position: { pack: 7, lineage: 2, digest: new Uint8Array(16).fill(9) },
  packs: [
    { lineage: 1, at: 5, records: [one, two, new Uint8Array(0)] },
    { lineage: 2, at: 6, records: [] },
    { lineage: 2, at: 7, records: [two] },
  ],
}

/** As text, since a Buffer and a Uint8Array of the same bytes aren't equal to `toEqual`. */
const plain = ({ packs, ...rest }: Group) => ({
  ...rest,
  packs: packs.map((each) => ({
    ...each,
    records: each.records.map((bytes) => Buffer.from(bytes).toString()),
  })),
})

test('a group that went over to a thread says the same, in the same order', () => {
  for (const each of [group, { ...group, kind: 'sync', packs: [] } as const]) {
    const packed = toBytes(each)
    const over = structuredClone(packed, { transfer: buffersOf(packed) })
    expect(plain(fromBytes(over))).toEqual(plain(each))
  }
})

test('nothing but the records themselves goes over', () => {
  expect(toBytes(group).bytes.buffer.byteLength).toBe(one.length + 2 * two.length)
})

test('a group that is cut short is refused', () => {
  const packed = toBytes(group)
  expect(() => fromBytes({ ...packed, lengths: packed.lengths.slice(0, -1) })).toThrow(RangeError)
  expect(() => fromBytes({ ...packed, bytes: packed.bytes.slice(0, -1) })).toThrow(RangeError)
})
