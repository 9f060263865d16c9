import { describe, expect, it } from 'vitest'
import {
  type ChannelRecord,
  countUnread,
  rebase,
  shownOnBadge,
  viewOf,
  withMessage,
  withRead,
} from './channel-book.ts'
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

describe('mentions', () => {
  const named = (seq: number, more: object = { mentions: ['ada'] }) => ({ ...message(seq), ...more })
  const after = (messages: readonly ReturnType<typeof message>[], more: object = {}) =>
    messages.reduce((held, one) => withMessage(held, one, 'ada'), record({ head: 10, read: 4, ...more }))

  it('are the server’s count and what came since, by name or with all, but not in threads', () => {
    const came = [
      named(11),
      named(12, { mention_all: 'here' }),
      named(13, { mentions: ['eve'] }),
      named(14, { mentions: ['ada'], thread: 3, reply_to: 3 }),
      named(15, { mention_all: 'channel', from: 'ada2' }),
    ]
    expect(viewOf(after(came, { unread: 6, mentions: 2 })).mentions).toBe(5)
    expect(viewOf(withRead(after(came, { unread: 6, mentions: 2 }), 12)).mentions).toBe(1)
    expect(viewOf(after([...came, message(16, 'ada')], { unread: 6, mentions: 2 })).mentions).toBe(0)
  })

  it('count a message once, also where a mark of the head came before it', () => {
    const ahead = { ...record({ head: 10, read: 10, fanout: 'read' }), head: 12 }
    const held = withMessage(withMessage(ahead, named(11), 'ada'), named(11), 'ada')
    expect(viewOf(held)).toMatchObject({ unread: 2, mentions: 1 })
    expect(
      viewOf(rebase(channel({ head: 11, read: 10, unread: 1, mentions: 1, fanout: 'read' }), held)),
    ).toMatchObject({
      mentions: 1,
    })
  })

  it('alone are on the badge of a muted channel, until its time comes', () => {
    const shown = (mute: object | undefined) =>
      shownOnBadge(channel({ head: 9, unread: 5, mentions: 2, muted: mute !== undefined, mute }))
    const [past, future] = [new Date(0).toISOString(), new Date(Date.now() + 1e6).toISOString()]
    expect(
      [undefined, { until: null, mentions: true }, { until: future, mentions: false }].map(shown),
    ).toEqual([5, 2, 0])
    expect(shown({ until: past, mentions: false })).toBe(5)
  })
})
