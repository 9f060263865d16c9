import { describe, expect, it } from 'vitest'
import { changed } from './message-changes.ts'
import { tickOf } from './receipts.ts'
import type { Message } from './types.ts'
import { parseChannel } from './wire.ts'

const message: Message = {
  channel: 'c',
  seq: 3,
  from: 'ada',
  device: 'd',
  at: '2026-01-01T00:00:00.000Z',
  cid: 'x',
  body: 'hello',
}
const react = (user: string, on: boolean) => ({ kind: 'reaction', emoji: '👍', user, on })

describe('a message that is held', () => {
  it('takes reactions in, mine once only, and loses those that nobody has left', () => {
    const both = [react('bob', true), react('ada', true), react('ada', true)].reduce<Message>(
      (held, event) => changed(held, event, 'ada'),
      message,
    )
    expect(both.reactions).toEqual([{ emoji: '👍', count: 2, mine: true }])
    const none = [react('ada', false), react('bob', false)].reduce<Message>(
      (held, event) => changed(held, event, 'ada'),
      both,
    )
    expect(none).toEqual(message)
  })

  it('is edited, and once deleted says nothing any longer', () => {
    const edited = changed(message, { kind: 'edited', body: 'bye', edited_at: 'then' }, 'ada')
    expect(edited).toMatchObject({ body: 'bye', edited_at: 'then' })
    const gone = changed(edited, { kind: 'deleted' }, 'ada')
    expect(gone).toMatchObject({ body: '', deleted: true })
    expect(changed(gone, { kind: 'edited', body: 'again' }, 'ada')).toBe(gone)
  })
})

describe('the ticks of a message', () => {
  const channel = parseChannel({ id: 'c', members: 3, head: 5, read: 5, rev: 5 }) ?? expect.unreachable()
  it('say what is so of every other member', () => {
    const marks = { bob: { delivered: 5, read: 4 }, eve: { delivered: 4, read: 0 } }
    expect([4, 5].map((seq) => tickOf({ ...channel, marks }, seq))).toEqual(['delivered', 'sent'])
    expect(tickOf({ ...channel, members: 2, marks: { bob: { delivered: 5, read: 4 } } }, 4)).toBe('read')
  })
})
