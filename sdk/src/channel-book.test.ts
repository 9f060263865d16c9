import { describe, expect, it } from 'vitest'
import { type ChannelRecord, countUnread, rebase, viewOf, withMessage, withRead } from './channel-book.ts'
import { parseChannel } from './wire.ts'

const channel = (more: object) => parseChannel({ id: 'c', kind: 'group', ...more }) ?? expect.unreachable()
const record = (more: object): ChannelRecord => rebase(channel(more), undefined)
const message = (seq: number, from = 'bob') => ({
  channel: 'c',
  seq,
  from,
  device: '',
  at: '',
  cid: `${seq}`,
  body: 'x',
})

describe('unread', () => {
  it('is the server’s count and what came since', () => {
    const base = record({ head: 10, read: 4, unread: 5 })
    expect(countUnread(withMessage(base, message(11), 'ada'))).toEqual({ unread: 6, exact: true })
  })

  it('doesn’t count a message twice', () => {
    const base = record({ head: 10, read: 4, unread: 5 })
    expect(countUnread(withMessage(base, message(10), 'ada'))).toEqual({ unread: 5, exact: true })
  })

  it('is none once one has answered', () => {
    const base = withMessage(record({ head: 10, read: 4, unread: 5 }), message(11), 'ada')
    expect(viewOf(withMessage(base, message(12, 'ada'), 'ada'))).toMatchObject({
      unread: 0,
      read: 12,
      head: 12,
    })
  })

  it('asks again where the count in between isn’t known', () => {
    const base = record({ head: 10, read: 4, unread: 5 })
    expect(countUnread(withRead(base, 8))).toEqual({ unread: 2, exact: false })
    expect(countUnread(withRead(base, 10))).toEqual({ unread: 0, exact: true })
  })

  it('never reads past the head, nor back', () => {
    const base = record({ head: 10, read: 4, unread: 5 })
    expect(withRead(base, 99).read).toBe(10)
    expect(withRead(base, 2)).toBe(base)
  })

  it('keeps what a newer answer of the server doesn’t reflect yet', () => {
    const before = withMessage(withMessage(record({ head: 1 }), message(2), 'ada'), message(3), 'ada')
    const after = rebase(channel({ head: 2, read: 0, unread: 2 }), before)
    expect(viewOf(after)).toMatchObject({ head: 3, unread: 3, last: { seq: 3 } })
  })
})
