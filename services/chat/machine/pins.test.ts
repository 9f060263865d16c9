import { expect, test } from 'vitest'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { MAX_PINS } from '../../../shared/protocol/limits.ts'
import { channel, Log, owner, userOf } from './harness.ts'

const bob = userOf(1)
const codeOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    if (error instanceof WeftError) return error.code
    throw error
  }
}
const stage = (messages: number) => {
  const log = new Log()
  log.create([bob])
  for (let n = 0; n < messages; n++) log.send(owner)
  return log
}
const pin = (log: Log, seq: number, on = true) => log.ask(bob, { op: 'pin', seq, on }, owner)
const seqs = (log: Log) => log.channel.pins?.page(null, 200).pins.map(({ seq }) => seq)

test('pins are listed the newest first, told to all, and said again they change nothing', () => {
  const log = stage(3)
  expect([pin(log, 2), pin(log, 1), pin(log, 3), pin(log, 2)]).toEqual([1, 1, 1, 0])
  expect(seqs(log)).toEqual([3, 1, 2])
  log.items.length = 0
  expect([pin(log, 2, false), pin(log, 2, false)]).toEqual([1, 0])
  expect(log.items.flatMap(([, { recipients }]) => recipients).toSorted()).toEqual([owner, bob])
  const event = JSON.parse(Buffer.from(log.items[0]?.[1].event.json ?? []).toString())
  expect(event).toMatchObject({ kind: 'pinned', channel, seq: 2, on: false, by: bob, rev: log.channel.rev })
  expect(pin(log, 2)).toBe(1)
  expect(seqs(log)).toEqual([2, 3, 1])
  const [first] = log.channel.pins?.page(null, 1).pins ?? []
  expect(log.channel.pins?.page(first?.rev ?? 0, 1)).toMatchObject({ pins: [{ seq: 3 }], more: true })
})

test('a message that was deleted is pinned no longer, and can’t be', () => {
  const log = stage(2)
  pin(log, 1)
  pin(log, 2)
  log.ask(owner, { op: 'delete', seq: 1 }, owner)
  expect(seqs(log)).toEqual([2])
  expect(codeOf(() => pin(log, 1))).toBe('conflict')
  expect(pin(log, 1, false)).toBe(0)
  const again = log.replayed().state.channels.get(channel)
  expect(again?.pins?.toTuples()).toEqual(log.channel.pins?.toTuples())
})

test('a channel has so many pins and no more', () => {
  const log = stage(MAX_PINS + 1)
  for (let seq = 1; seq <= MAX_PINS; seq++) expect(pin(log, seq)).toBe(1)
  expect(codeOf(() => pin(log, MAX_PINS + 1))).toBe('conflict')
  expect(pin(log, 1)).toBe(0)
  expect(pin(log, 1, false)).toBe(1)
  expect(pin(log, MAX_PINS + 1)).toBe(1)
})
