import { expect, test } from 'vitest'
import { messageOf, SendFrame, uuidTime } from './send-frame.ts'
import { ServerFrameReader } from './server-frames.ts'
import { BLANK_BODY, BODY_BYTES, readStamp, writeDigits } from './stamp.ts'

function bodyOf(number: number): string {
  const bytes = Buffer.from(BLANK_BODY)
  writeDigits(bytes, 1, number)
  return bytes.toString()
}

/** What a reader tells of these frames, one after the other. */
function told(...frames: readonly (object | string)[]): unknown[] {
  const seen: unknown[] = []
  const reader = new ServerFrameReader()
  for (const frame of frames) {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    // In the middle of something else, as in a read of several frames.
    const bytes = Buffer.from(`<<${text}>>`)
    reader.read(bytes, 2, bytes.length - 2, {
      ack: (id, duplicate) => seen.push(['ack', id, duplicate]),
      event: (epoch, n, prev, stamp) => seen.push(['event', epoch, n, prev, stamp]),
      other: (frame) => seen.push(frame),
    })
  }
  return seen
}

const event = (n: number, prev: string, number: number) => ({
  t: 'event',
  cursor: `e1:${n}`,
  prev,
  event: { kind: 'message', channel: 'c', seq: 1, from: 'a', cid: 'x', body: bodyOf(number) },
})
const ack = { t: 'ack', id: 1_000_000_007, channel: 'c', seq: 3, cid: 'x', duplicate: false, level: 'region' }

test('acks, first and again, with fields in any order', () => {
  const { t, id, ...rest } = ack
  expect(told(ack, { ...ack, duplicate: true }, { ...rest, id, t })).toEqual([
    ['ack', id, false],
    ['ack', id, true],
    ['ack', id, false],
  ])
  expect(messageOf(id)).toBe(7)
})

test('events of messages, by bytes and by JSON alike', () => {
  const ordered = [event(7, 'e1:6', 11), event(8, 'e1:7', 12), event(10, 'e1:7', 13)]
  const shuffled = ordered.map(({ event: inner, ...rest }) => ({ event: inner, ...rest }))
  const expected = [
    ['event', 'e1', 7, 6, 11],
    ['event', 'e1', 8, 7, 12],
    ['event', 'e1', 10, 7, 13],
  ]
  expect(told(...ordered)).toEqual(expected)
  expect(told(...shuffled)).toEqual(expected)
})

test('a new epoch is told, and a chain over two epochs is none', () => {
  const next = { ...event(1, 'e2:0', 5), cursor: 'e2:1' }
  const broken = { ...event(2, 'e1:1', 6), cursor: 'e2:2' }
  expect(told(event(1, 'e1:0', 4), next, broken)).toEqual([
    ['event', 'e1', 1, 0, 4],
    ['event', 'e2', 1, 0, 5],
    ['event', 'e2', 2, Number.NaN, 6],
  ])
})

test('other events and other frames come as they are', () => {
  const joined = { t: 'event', cursor: 'e1:2', prev: 'e1:1', event: { kind: 'channel', change: 'joined' } }
  const foreign = { ...joined, event: { kind: 'message', body: 'hello' } }
  const error = { t: 'error', id: 3, code: 'unavailable', message: 'no', retry_after: 0.5 }
  expect(told(event(1, 'e1:0', 0), joined, foreign, error, { t: 'ping' })).toEqual([
    ['event', 'e1', 1, 0, 0],
    ['event', 'e1', 2, 1, null],
    ['event', 'e1', 2, 1, null],
    error,
    { t: 'ping' },
  ])
})

test('a send is JSON with its numbers, and a body of the benchmark’s size', () => {
  const frame = new SendFrame('channel-1')
  const bytes = Buffer.alloc(frame.length + 10, '.')
  frame.write(bytes, 5, 1_234_567, uuidTime(0x0123456789ab))
  const payload = bytes.subarray(5 + 8, 5 + frame.length).toString()
  const sent = JSON.parse(payload) as Record<string, unknown>
  expect(sent).toMatchObject({ t: 'send', id: 1_001_234_567, channel: 'channel-1' })
  expect(sent['cid']).toBe('01234567-89ab-7000-8000-000001234567')
  expect(String(sent['body'])).toHaveLength(BODY_BYTES)
  expect(readStamp(Buffer.from(String(sent['body'])), 0)).toBe(1_234_567)
  expect(bytes.subarray(0, 5).toString() + bytes.subarray(-5).toString()).toBe('..........')
})
