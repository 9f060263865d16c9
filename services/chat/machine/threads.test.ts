import { expect, test } from 'vitest'
import { decodePack } from '../../../shared/fabric/pack.ts'
import { decodeLogRecord } from '../../../shared/fabric/wire/log-record.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { parentInMemory } from '../subjects/parent.ts'
import { channel, Log, owner, userOf } from './harness.ts'
import { type ChatState, viewOf } from './state.ts'

/** A channel with some messages of its owner's, and what its log says of the newest one. */
function written(count: number) {
  const log = new Log()
  log.create([userOf(1)])
  for (let n = 0; n < count; n++) log.send(owner)
  const threads = () =>
    log.packs.flatMap((bytes) => {
      const pack = decodePack(bytes)
      if (pack.kind === 'take-over') return []
      return pack.records.map(decodeLogRecord).flatMap((one) => (one.type === 'message' ? [one.thread] : []))
    })
  return { log, threads }
}
const parentOf = (state: ChatState, log: Log, seq: number, user = owner) =>
  parentInMemory(state, log.command(user, [], seq))
const refusal = (act: () => unknown): string => {
  try {
    act()
    return 'ok'
  } catch (error) {
    return error instanceof WeftError ? `${error.code} ${error.message}` : 'something else'
  }
}

test('a reply belongs to the thread of what it replies to', () => {
  const { log, threads } = written(2)
  log.send(userOf(1), [], 1)
  log.send(owner, [], 3)
  log.send(owner, [], 2)
  log.send(owner, [], 4)
  expect(threads()).toEqual([0, 0, 1, 1, 2, 1])
})

test('a reply older than memory goes by what the store says of it, one that was deleted there is refused', () => {
  const { log, threads } = written(3)
  log.send(userOf(1), [], 3, { thread: 1, deleted: false })
  expect(threads().at(-1)).toBe(1)
  const deleted = () => log.send(userOf(1), [], 2, { thread: 2, deleted: true })
  expect(refusal(deleted)).toBe('conflict reply_to: the message was deleted')
  log.ask(owner, { op: 'delete', seq: 1 }, owner)
  // Deleted after the store was asked.
  const since = () => log.send(userOf(1), [], 1, { thread: 1, deleted: false })
  expect(refusal(since)).toBe('conflict reply_to: the message was deleted')
  expect(refusal(() => log.send(userOf(1), [], 99))).toBe('bad_frame reply_to: the newest message is 4')
})

test('memory knows what it holds, the store is asked for the rest', () => {
  const { log } = written(4)
  log.send(userOf(1), [], 1)
  log.ask(owner, { op: 'react', seq: 3, emoji: '👍', on: true }, owner)
  log.ask(owner, { op: 'delete', seq: 4 }, owner)
  const known = (state: ChatState) => [1, 2, 3, 4, 5].map((seq) => parentOf(state, log, seq))
  const alive = (thread: number) => ({ thread, deleted: false })
  const all = [alive(1), alive(2), alive(3), { thread: 4, deleted: true }, alive(1)]
  expect(known(log.state)).toEqual(all)
  // No reply, one to what isn't there yet, and one of somebody who isn't in it: nothing to look up.
  expect(parentOf(log.state, log, 0)).toBeNull()
  expect(parentOf(log.state, log, 6)).toBeNull()
  expect(parentOf(log.state, log, 1, userOf(7))).toBeNull()
  // A new owner has them sealed, and of what its snapshot covers nothing but the newest replies.
  expect(known(log.replayed().state)).toEqual([alive(1), 'ask', 'ask', { thread: 4, deleted: true }, 'ask'])
  const entries = log.snapshot()
  log.packs.length = 0
  expect(known(log.replayed(entries).state)).toEqual(['ask', 'ask', 'ask', 'ask', 'ask'])
})

test('a message that is replied to is one that changed, for whoever holds the log', () => {
  const { log } = written(2)
  const entries = log.snapshot()
  log.send(userOf(1), [], 1)
  log.send(userOf(1), [], 1)
  const pack = log.packs.length
  const states = [
    log.state,
    log.replayed().state,
    log.replayed(entries).state,
    log.replayed(log.snapshot()).state,
  ]
  for (const state of states) {
    expect(state.changes.among(channel, 1, 2)).toEqual({ seq: 1, pack })
    expect(state.changes.get(channel, 1)).toMatchObject({ deleted: false, hasReplies: true })
    expect(state.changes.among(channel, 3, 4)).toBeNull()
  }
})

test('whoever holds the log knows the newest pack that mentions anyone, where the store may lack it', () => {
  const { log } = written(1)
  expect(viewOf(log.channel, owner, 1)).not.toHaveProperty('mention_pack')
  log.send(owner, [userOf(1)])
  log.send(owner, { users: [], all: 'here' })
  const pack = log.packs.length
  log.send(owner)
  const states = [log.state, log.replayed().state, log.replayed(log.snapshot()).state]
  for (const state of states) {
    const held = state.channels.get(channel)
    expect(held && viewOf(held, owner, 1)).toMatchObject({ mention_pack: pack })
  }
})
