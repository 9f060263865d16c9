import { expect, test } from 'vitest'
import { decodePack, digestOf, encodePack, LogDamage, NO_DIGEST, type Pack, PackChain } from './pack.ts'

const pack = (number: number, previous: Uint8Array, text: string): Pack => ({
  kind: 'records',
  lineage: 7,
  number,
  previous,
  term: 3,
  at: 1_700_000_000_000,
  meta: Buffer.from('meta'),
  records: [Buffer.from(text), Buffer.from('second')],
})

const first = encodePack(pack(1, NO_DIGEST, 'one'))
const second = encodePack(pack(2, digestOf(first), 'two'))
const third = encodePack(pack(3, digestOf(second), 'three'))

test('a pack reads back as it was written', () => {
  const read = decodePack(first)
  expect(read).toMatchObject({ kind: 'records', lineage: 7, number: 1, term: 3, at: 1_700_000_000_000 })
  expect(read.records.map((record) => Buffer.from(record).toString())).toEqual(['one', 'second'])
})

test('a chain lets the packs pass in their order', () => {
  const chain = new PackChain(0, NO_DIGEST)
  expect([first, second, third].map((bytes, i) => chain.next(i + 1, bytes).number)).toEqual([1, 2, 3])
})

test('any flipped bit is noticed', () => {
  for (let bit = 0; bit < second.length * 8; bit++) {
    const damaged = Buffer.from(second)
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(() => decodePack(damaged)).toThrow(LogDamage)
  }
})

test('a hole, a swap and a pack of another history are noticed', () => {
  const hole = new PackChain(0, NO_DIGEST)
  hole.next(1, first)
  expect(() => hole.next(3, third)).toThrow('pack 2 is missing')

  const swap = new PackChain(0, NO_DIGEST)
  swap.next(1, first)
  expect(() => swap.next(2, third)).toThrow('pack 3 stands where 2 belongs')

  const fork = new PackChain(0, NO_DIGEST)
  fork.next(1, first)
  expect(() => fork.next(2, encodePack(pack(2, NO_DIGEST, 'two')))).toThrow('chain is broken')
})
