import { expect, test } from 'vitest'
import { channel, Log, owner, shown, userOf } from './harness.ts'

const entry = (n: number, delivered: number, read: number) => ({ channel, user: userOf(n), delivered, read })

test('one receipt tells of many messages, and what it tells is replayed as it was told', () => {
  const log = new Log()
  log.create([userOf(1), userOf(2)])
  for (let n = 0; n < 50; n++) log.send(owner)
  log.items.length = 0
  expect(log.receipts([entry(1, 50, 0)], 3).records).toBe(1)
  expect(log.items.flatMap(([, { recipients }]) => recipients)).toEqual([owner])
  // What is known, or lies beyond the newest message, says nothing new.
  expect(log.receipts([entry(1, 50, 0), entry(1, 99, 0)], 3).records).toBe(0)
  expect(log.receipts([entry(2, 0, 40)], 3).records).toBe(1)
  const { state, items } = log.replayed()
  expect(shown(items.slice(-log.items.length))).toEqual(shown(log.items))
  expect([1, 2].map((n) => state.channels.get(channel)?.marks(userOf(n)))).toEqual([
    { delivered: 50, read: 0 },
    { delivered: 40, read: 40 },
  ])
})

test('a receipt goes to those who wrote something since the one before, and to nobody else', () => {
  const log = new Log()
  const told = () =>
    log.items
      .splice(0)
      .flatMap(([, { recipients, event }]) =>
        Buffer.from(event.json ?? []).includes('"kind":"read"') ? recipients : [],
      )
  log.create(Array.from({ length: 30 }, (_, n) => userOf(n + 1)))
  log.send(userOf(1))
  log.receipts([entry(3, 1, 1)], 100)
  expect(told()).toEqual([userOf(1)])
  log.send(userOf(2))
  log.receipts([entry(3, 2, 2)], 100)
  expect(told()).toEqual([userOf(2)])
  log.send(userOf(3))
  log.receipts([entry(3, 3, 3)], 100)
  expect(told()).toEqual([])
  log.receipts([entry(4, 3, 3)], 100)
  expect(new Set(told())).toEqual(new Set([userOf(1), userOf(2), userOf(3)]))
})

test('a message under way while a snapshot is taken is in it whole: who wrote it, its thread', () => {
  const log = new Log()
  log.create([userOf(1)])
  log.send(userOf(1))
  let entries: string[] = []
  log.during = () => {
    entries = log.snapshot()
  }
  log.send(userOf(1), [], 1)
  const { state } = log.replayed(entries)
  const heir = state.channels.get(channel)
  expect(heir?.members.get(userOf(1))?.sent).toBe(2)
  expect(heir?.replies.toEntry()).toEqual([[2, 1]])
})

test('above the number of members that is set there are none, nor where messages are read', () => {
  const log = new Log(3)
  log.create([userOf(1), userOf(2)])
  log.send(owner)
  expect(log.receipts([entry(1, 1, 1)], 2)).toEqual({ records: 0, off: [channel] })
  expect(log.receipts([entry(1, 1, 1)], 3)).toEqual({ records: 1, off: [] })
  log.put(userOf(3))
  log.send(owner)
  expect(log.channel.fanout).toBe('read')
  expect(log.receipts([entry(1, 2, 2)], 100)).toEqual({ records: 0, off: [channel] })
})

test('who has left is forgotten, and nobody is waited for to read what was said before they came', () => {
  const log = new Log()
  log.create([userOf(1)])
  log.send(owner)
  log.receipts([entry(1, 1, 1)], 10)
  log.put(userOf(2))
  expect(log.channel.shownMarks(userOf(2))).toEqual({ delivered: 1, read: 1 })
  log.remove(userOf(1))
  expect(log.channel.toEntries(0)[0]).toMatchObject({ marks: [] })
  expect(log.replayed().state.channels.get(channel)?.toEntries(0)).toEqual(log.channel.toEntries(0))
})
