import { describe, expect, it } from 'vitest'
import type { Message, OutboxEntry } from '../../sdk/src/types.ts'
import { cidOfKey, joinLines, lineOfMessage, textOf, withReaction, withReply } from './lines.ts'

const at = '2026-03-12T09:00:00.000Z'
const message = (seq: number, from: string, cid: string): Message => ({
  channel: 'c1',
  seq,
  from,
  device: 'd1',
  at,
  cid,
  body: `text of ${cid}`,
})
const entry = (cid: string, status: OutboxEntry['status'], seq?: number): OutboxEntry => ({
  cid,
  channel: 'c1',
  body: `text of ${cid}`,
  options: {},
  order: 0,
  createdAt: at,
  status,
  ...(seq === undefined ? {} : { seq, at }),
})
const log = (...messages: Message[]) => messages.map((one) => lineOfMessage(one, 'me'))
const shape = (lines: ReturnType<typeof joinLines>) =>
  lines.map((line) => [cidOfKey(line.key), line.seq, line.state])

describe('the lines of a conversation', () => {
  it('end with what waits in the outbox, in its order', () => {
    const lines = joinLines(log(message(1, 'ada', 'a')), [entry('b', 'sent'), entry('c', 'queued')], 'me')
    expect(shape(lines)).toEqual([
      ['a', 1, 'sent'],
      ['b', 0, 'sending'],
      ['c', 0, 'sending'],
    ])
  })

  it('show an acked message until the log does, and then once, under the same key', () => {
    const before = joinLines(log(message(1, 'ada', 'a')), [entry('b', 'queued')], 'me')
    const acked = joinLines(log(message(1, 'ada', 'a')), [entry('b', 'acked', 3), entry('c', 'queued')], 'me')
    expect(shape(acked)).toEqual([
      ['a', 1, 'sent'],
      ['b', 3, 'sent'],
      ['c', 0, 'sending'],
    ])
    const after = joinLines(
      log(message(1, 'ada', 'a'), message(2, 'ada', 'x'), message(3, 'me', 'b')),
      [entry('b', 'acked', 3)],
      'me',
    )
    expect(shape(after).filter(([cid]) => cid === 'b')).toEqual([['b', 3, 'sent']])
    expect(before.at(-1)?.key).toBe(after.at(-1)?.key)
  })

  it('show once what the log has while its ack was lost', () => {
    const lines = joinLines(log(message(1, 'me', 'a')), [entry('a', 'sent')], 'me')
    expect(shape(lines)).toEqual([['a', 1, 'sent']])
  })

  it('say so of a body that is not text', () => {
    expect(textOf({ text: 'hello', extra: 1 })).toBe('hello')
    expect(textOf({ ciphertext: '…' })).toContain('can’t be shown')
  })
})

describe('what is attached to lines', () => {
  const [line] = log(message(1, 'ada', 'a'))
  if (line === undefined) throw new Error('a line')

  it('are reactions, counted, my own once', () => {
    const two = withReaction(withReaction(line, '👍', true, false), '👍', true, true)
    expect(two.reactions).toEqual([{ emoji: '👍', count: 2, mine: true }])
    expect(withReaction(two, '👍', true, true)).toBe(two)
    const one = withReaction(two, '👍', false, true)
    expect(one.reactions).toEqual([{ emoji: '👍', count: 1, mine: false }])
    expect(withReaction(one, '👍', false, false).reactions).toEqual([])
  })

  it('are answers, each counted once', () => {
    const answered = withReply(withReply(line, 2), 4)
    expect(answered.replies).toEqual({ count: 2, last: 4 })
    expect(withReply(answered, 4)).toBe(answered)
    const told = { ...line, replies: { count: 7, last: 9 } }
    expect(withReply(told, 8)).toBe(told)
  })
})
