import { expect, test } from 'vitest'
import { decodePack } from '../../../shared/fabric/pack.ts'
import { decodeLogRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { SettingsPatch } from '../../../shared/protocol/channel-settings.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
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
const set = (log: Log, by = owner, patch: SettingsPatch = { disappear_after_s: 60 }) =>
  log.ask(by, { op: 'settings', set: patch })
const newest = (log: Log) => {
  const record = decodePack(log.packs.at(-1) ?? new Uint8Array()).records.at(-1) ?? new Uint8Array()
  return decodeLogRecord(record)
}
const eventOf = (log: Log) => JSON.parse(Buffer.from(log.items.at(-1)?.[1].event.json ?? '{}').toString())
const over = (log: Log, seq: number, by = bob, mentions = [owner]) => ({
  channel,
  seq,
  from: by,
  mentions,
  at: log.now,
})

test('what is sent while the timer is on says when it is over, in the event and in the record', () => {
  const log = new Log()
  log.create([bob])
  log.send(bob)
  expect([newest(log), eventOf(log)]).toMatchObject([
    { expires: 0 },
    expect.not.objectContaining({ expires_at: expect.anything() }),
  ])
  expect([set(log), set(log)]).toEqual([1, 0])
  expect(eventOf(log)).toMatchObject({ kind: 'channel', change: 'changed', disappear_after_s: 60 })
  log.send(bob)
  const at = new Date(log.now + 60_000).toISOString()
  expect([newest(log), eventOf(log)]).toMatchObject([{ expires: log.now + 60_000 }, { expires_at: at }])
  set(log, owner, { disappear_after_s: null })
  expect(eventOf(log)).toMatchObject({ disappear_after_s: null })
  log.send(bob)
  expect(newest(log)).toMatchObject({ expires: 0 })
})

test('in a group it is a setting as others are; in a direct channel either of the two sets it, and nothing else', () => {
  const group = new Log()
  group.create([bob])
  expect(codeOf(() => set(group, bob))).toBe('forbidden')
  group.ask(owner, { op: 'settings', set: { archived: true } })
  expect(codeOf(() => set(group))).toBe('conflict')
  const direct = new Log()
  direct.create([bob], 'direct')
  expect([set(direct, bob), set(direct, owner, { disappear_after_s: 5 })]).toEqual([1, 1])
  expect(direct.channel.settings.disappear_after_s).toBe(5)
  expect(codeOf(() => set(direct, bob, { disappear_after_s: 60, topic: 'Us' }))).toBe('forbidden')
  expect(codeOf(() => set(direct, bob, { rights: {} }))).toBe('forbidden')
  direct.ask(owner, { op: 'block', on: true })
  expect(codeOf(() => set(direct, bob))).toBe('forbidden')
  expect(direct.channel.settings.disappear_after_s).toBe(5)
})

test('one that is over is deleted by one record, told as such, also in an archived channel; asked again it is no work', () => {
  const log = new Log()
  log.create([bob])
  set(log)
  for (let n = 0; n < 3; n++) log.send(bob)
  log.ask(owner, { op: 'pin', seq: 1, on: true }, bob)
  log.ask(owner, { op: 'settings', set: { archived: true } })
  expect(log.expire([over(log, 1), over(log, 2), over(log, 1)])).toBe(2)
  expect(eventOf(log)).toMatchObject({ kind: 'deleted', channel, seq: 2, by: bob, reason: 'expired' })
  expect(log.expire([over(log, 1), over(log, 2)])).toBe(0)
  // Unknown ones, and those whose time isn't yet.
  expect(log.expire([over(log, 4), { ...over(log, 3), at: log.now + 1 }])).toBe(0)
  expect(log.channel.pins?.size).toBe(0)
  log.now++
  expect(log.expire([over(log, 3)])).toBe(1)
  const { state } = log.replayed()
  expect([1, 2, 3].map((seq) => state.changes.get(channel, seq)?.deleted)).toEqual([true, true, true])
  expect(log.replayed().state.channels.get(channel)?.settings.disappear_after_s).toBe(60)
})

test('what its author deleted before is left alone', () => {
  const log = new Log()
  log.create([bob])
  set(log)
  log.send(bob)
  log.ask(bob, { op: 'delete', seq: 1 }, bob)
  expect(log.expire([over(log, 1)])).toBe(0)
})

test('in a channel that is read, those who hold it are told: its author, and who is named', () => {
  const log = new Log(2)
  log.create([bob, userOf(2), userOf(3)])
  expect(log.channel.fanout).toBe('read')
  set(log)
  log.send(bob, [userOf(2)])
  log.items.length = 0
  log.expire([over(log, 1, bob, [userOf(2)])])
  expect(log.items.flatMap(([, { recipients }]) => recipients).toSorted()).toEqual([bob, userOf(2)])
})
