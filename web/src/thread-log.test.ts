import { describe, expect, it } from 'vitest'
import { type FetchReplies, ThreadLog } from './thread-log.ts'
import type { Line } from './types.ts'

const line = (seq: number): Line => ({
  key: `ada:${seq}`,
  seq,
  from: 'ada',
  at: new Date(seq),
  text: `reply ${seq}`,
  mine: false,
  state: 'sent',
})
/** A thread on message 1 with these replies, two on a page. */
const threadOf = (seqs: number[], fail: { on: boolean } = { on: false }) => {
  const fetch: FetchReplies = async ({ before, after }) => {
    if (fail.on) throw new Error('no network')
    const fitting = seqs.filter((seq) => seq < (before ?? 1_000) && seq > (after ?? 0))
    const page = after === undefined ? fitting.slice(-2) : fitting.slice(0, 2)
    return { lines: page.map(line), more: fitting.length > page.length }
  }
  return new ThreadLog(1, fetch, async () => line(1))
}
const seqs = (log: ThreadLog) => log.lines.value.map(({ seq }) => seq)

describe('a thread', () => {
  it('begins at its newest replies and grows to the message that it began with', async () => {
    const log = threadOf([3, 7, 8, 20, 21])
    await log.latest()
    expect([seqs(log), log.older.value]).toEqual([[20, 21], 'more'])
    await log.loadOlder()
    await log.loadOlder()
    expect([seqs(log), log.older.value, log.root.value?.seq]).toEqual([[3, 7, 8, 20, 21], 'none', 1])
  })

  it('takes what comes, in order and once, also while a page is on its way', async () => {
    const log = threadOf([3, 7])
    const loading = log.latest()
    log.add(line(9))
    log.add(line(7))
    await loading
    expect(seqs(log)).toEqual([3, 7, 9])
  })

  it('fetches what it missed, however much', async () => {
    const replies = [3]
    const log = threadOf(replies)
    await log.latest()
    replies.push(5, 6, 7, 8, 9)
    await log.loadNewer()
    expect([seqs(log), log.newer.value]).toEqual([[3, 5, 6, 7, 8, 9], 'none'])
  })

  it('says that it couldn’t be had, and is tried again', async () => {
    const fail = { on: true }
    const log = threadOf([3], fail)
    await log.latest()
    expect(log.older.value).toBe('failed')
    fail.on = false
    await log.loadOlder()
    expect([seqs(log), log.older.value]).toEqual([[3], 'none'])
    fail.on = true
    await log.loadNewer()
    expect(log.newer.value).toBe('failed')
  })

  it('shows changes of its replies and of what it began with', async () => {
    const log = threadOf([3])
    await log.latest()
    for (const seq of [1, 3, 99]) log.change(seq, (held) => ({ ...held, text: 'changed' }))
    expect([log.root.value?.text, log.lines.value[0]?.text]).toEqual(['changed', 'changed'])
  })
})
