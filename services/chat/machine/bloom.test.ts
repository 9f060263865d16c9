import { expect, test } from 'vitest'
import { type ChannelId, type Cid, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { hashOf, RollingBloom } from './bloom.ts'

const hash = (cid: string) =>
  hashOf(trusted<ChannelId>('channel'), trusted<UserId>('user'), trusted<Cid>(cid))

const IDS = 30_000
const NOW = 1_790_000_000_000

const filled = () => {
  const bloom = new RollingBloom(8, 1_000_000)
  for (let i = 0; i < IDS; i++) bloom.add(hash(`id-${i}`), NOW + i)
  return bloom
}

test('whatever was added is known, after a restart too; hardly anything else is', () => {
  const bloom = filled()
  const restored = new RollingBloom(8, 1_000_000)
  for (const segment of bloom.segments()) restored.restore(JSON.parse(JSON.stringify(segment.entry())))
  for (const one of [bloom, restored]) {
    for (let i = 0; i < IDS; i++) if (!one.has(hash(`id-${i}`))) expect.unreachable(`id ${i} was added`)
    const strangers = Array.from({ length: IDS }, (_, i) => one.has(hash(`other-${i}`)))
    // Ten times what the arithmetic says of two segments (0.6 in 30,000), and never by chance.
    expect(strangers.filter(Boolean).length).toBeLessThan(6)
  }
})

test('a segment whose bits mean something else proves nothing of the ids before its end', () => {
  const restored = new RollingBloom(8, 1_000_000)
  for (const segment of filled().segments()) {
    const { bits, count, newest } = segment.entry()
    restored.restore({ bits, count, newest })
  }
  expect(restored.since).toBe(NOW + IDS - 1)
})
