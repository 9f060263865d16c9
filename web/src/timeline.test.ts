import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE, Timeline } from './timeline.ts'
import type { Line } from './types.ts'

const WINDOW = 250

const line = (seq: number, text = `text ${seq}`): Line => ({
  key: `ada:${seq}`,
  seq,
  from: 'ada',
  at: new Date(seq * 1000),
  text,
  mine: false,
  state: 'sent',
})

/** A log as the server answers for it. */
class Log {
  readonly lines: Line[] = []
  calls = 0
  broken = false
  constructor(count: number) {
    for (let seq = 1; seq <= count; seq++) this.append()
  }
  append(): Line {
    const next = line(this.lines.length + 1)
    this.lines.push(next)
    return next
  }
  fetch = async (where: { before?: number; after?: number; around?: number; limit: number }) => {
    const { before, after, around, limit } = where
    this.calls++
    if (this.broken) throw new Error('no network')
    if (after !== undefined) return this.lines.slice(after, after + limit)
    if (around !== undefined) {
      const start = Math.max(0, around - 1 - Math.floor(limit / 2))
      return this.lines.slice(start, start + limit)
    }
    const end = before === undefined ? this.lines.length : before - 1
    return this.lines.slice(Math.max(0, end - limit), end)
  }
}

const seqs = (timeline: Timeline) => timeline.lines.value.map((one) => one.seq)
const opened = async (count: number) => {
  const log = new Log(count)
  const timeline = new Timeline(log.fetch, { held: WINDOW })
  await timeline.start(count)
  return { log, timeline }
}

describe('a timeline', () => {
  it('begins with the newest page', async () => {
    const { timeline } = await opened(120)
    expect(seqs(timeline)).toEqual(Array.from({ length: PAGE }, (_, i) => 120 - PAGE + 1 + i))
    expect(timeline.older.value).toBe('more')
    expect(timeline.newer.value).toBe('none')
  })

  it('says where the conversation begins', async () => {
    const { timeline } = await opened(3)
    expect(seqs(timeline)).toEqual([1, 2, 3])
    expect(timeline.older.value).toBe('none')
    const empty = await opened(0)
    expect(empty.timeline.older.value).toBe('none')
    empty.timeline.add(empty.log.append())
    expect(seqs(empty.timeline)).toEqual([1])
  })

  it('goes back to the first message and holds a window only', async () => {
    const { timeline } = await opened(1000)
    for (let i = 0; i < 30; i++) await timeline.loadOlder()
    expect(seqs(timeline)[0]).toBe(1)
    expect(seqs(timeline)).toHaveLength(WINDOW)
    expect(timeline.older.value).toBe('none')
    expect(timeline.newer.value).toBe('more')
  })

  it('comes forward again, without a hole, to what arrived meanwhile', async () => {
    const { log, timeline } = await opened(600)
    for (let i = 0; i < 20; i++) await timeline.loadOlder()
    timeline.add(log.append())
    expect(seqs(timeline).at(-1)).toBe(WINDOW)
    for (let i = 0; i < 20; i++) await timeline.loadNewer()
    expect(seqs(timeline).at(-1)).toBe(601)
    expect(timeline.newer.value).toBe('none')
  })

  it('fetches what it missed when a live message leaves a hole', async () => {
    const { log, timeline } = await opened(10)
    for (let i = 0; i < 4; i++) log.append()
    timeline.add(log.append())
    await expect.poll(() => seqs(timeline).at(-1)).toBe(15)
    expect(seqs(timeline)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1))
  })

  it('takes a message that it holds once, with its newest text', async () => {
    const { timeline } = await opened(5)
    timeline.add(line(4, 'edited'))
    expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5])
    expect(timeline.lines.value[3]?.text).toBe('edited')
  })

  it('goes to any message, and forward and back from there', async () => {
    const { timeline } = await opened(1000)
    await timeline.around(300)
    expect(seqs(timeline)).toContain(300)
    expect([timeline.older.value, timeline.newer.value]).toEqual(['more', 'more'])
    for (let i = 0; i < 20; i++) await timeline.loadNewer()
    expect(seqs(timeline).at(-1)).toBe(1000)
    await timeline.around(1)
    expect(timeline.older.value).toBe('none')
  })

  it('says so when history is out of reach, and goes on when asked again', async () => {
    const { log, timeline } = await opened(2 * PAGE + 50)
    log.broken = true
    await timeline.loadOlder()
    expect(timeline.older.value).toBe('failed')
    log.broken = false
    await timeline.loadOlder()
    expect(timeline.older.value).toBe('more')
    expect(seqs(timeline)[0]).toBe(51)
  })

  it('never has a hole or a double, whatever the order of things', async () => {
    const step = fc.constantFrom(
      'older',
      'newer',
      'live',
      'missed',
      'latest',
      'trim',
      'reach',
      'around',
      'rest',
      'break',
      'mend',
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.array(step, { maxLength: 40 }), async (count, steps) => {
        const { log, timeline } = await opened(count)
        for (const what of steps) {
          if (what === 'older') await timeline.loadOlder()
          if (what === 'newer') await timeline.loadNewer()
          if (what === 'live') timeline.add(log.append())
          if (what === 'missed') log.append()
          if (what === 'latest') await timeline.latest()
          if (what === 'trim') timeline.trimOldest()
          if (what === 'rest') timeline.trimOldest(60)
          if (what === 'around') await timeline.around(1 + (count >> 1)).catch(() => undefined)
          if (what === 'reach') await timeline.reach(log.lines.length)
          if (what === 'break') log.broken = true
          if (what === 'mend') log.broken = false
          const held = seqs(timeline)
          expect(held).toEqual(held.map((_, i) => (held[0] ?? 0) + i))
        }
        log.broken = false
        await timeline.latest()
        expect(seqs(timeline).at(-1) ?? 0).toBe(log.lines.length)
        expect(timeline.newer.value).toBe('none')
      }),
      { numRuns: 150 },
    )
  })
})
