import { expect, test } from 'vitest'
import { type SessionId, trusted } from '../../protocol/ids.ts'
import { decodeEdgeBatch, type EdgeBatch, encodeEdgeBatch } from './edge-batch.ts'

const batch: EdgeBatch = {
  partition: 3,
  term: 7,
  incarnation: 1_700_000_000_000,
  number: 5,
  beat: false,
  events: [{ json: Buffer.from('{"a":1}'), to: [{ handle: 1, n: 9 }] }],
  replaced: [trusted<SessionId>('s1')],
  passing: [
    { json: Buffer.from('{"b":2}'), handles: [1, 4_000_000_000] },
    { json: Buffer.from('{"c":3}'), handles: [] },
  ],
}

test('a batch with passing events reads as it was written', () => {
  expect(decodeEdgeBatch(encodeEdgeBatch(batch))).toEqual(batch)
})

test('one without them is what an edge of before reads too', () => {
  const plain = { ...batch, passing: [] }
  const bytes = encodeEdgeBatch(plain)
  expect(bytes[0]).toBe(1)
  expect(decodeEdgeBatch(bytes)).toEqual(plain)
})

test('an unknown version is refused', () => {
  const bytes = encodeEdgeBatch(batch)
  bytes[0] = 9
  expect(() => decodeEdgeBatch(bytes)).toThrow('version 9')
})
