import { expect, test } from 'vitest'
import { seeded } from '../../test/support/random.ts'
import { WholeReads } from './whole-reads.ts'

const msg = (payload: string | Buffer, line = 'MSG weft.a.b 7 ') =>
  Buffer.concat([Buffer.from(`${line}${payload.length}\r\n`), Buffer.from(payload), Buffer.from('\r\n')])
const hmsg = (headers: string, payload: string) =>
  Buffer.from(
    `HMSG a 1 reply.to ${headers.length} ${headers.length + payload.length}\r\n${headers}${payload}\r\n`,
  )

/** Everything as it is handed on when it comes in pieces of these sizes. */
function read(bytes: Buffer, sizes: () => number): Buffer[] {
  const reads = new WholeReads()
  const whole: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = reads.space()
    const size = Math.min(space.length, bytes.length - at, sizes())
    bytes.copy(space, 0, at, at + size)
    at += size
    const piece = reads.took(size)
    if (piece !== null) whole.push(piece)
  }
  return whole
}

const talk = [
  Buffer.from('INFO {"server_id":"x","max_payload":1048576}\r\n'),
  Buffer.from('PING\r\n'),
  msg('hello'),
  msg(''),
  msg('a payload\r\nMSG that.looks like 3\r\n'),
  hmsg('NATS/1.0\r\nA: b\r\n\r\n', 'with headers'),
  Buffer.from("-ERR 'Permissions Violation'\r\n"),
  Buffer.from('PONG\r\n'),
  msg('x'.repeat(300), 'MSG weft.a.b 7 reply.to.me '),
]

test('each piece ends where a message ends, wherever the reads were cut', () => {
  const bytes = Buffer.concat(talk)
  const ends = new Set<number>()
  let end = 0
  for (const part of talk) ends.add((end += part.length))
  for (let size = 1; size <= bytes.length; size++) {
    let at = 0
    const pieces = read(bytes, () => size)
    for (const piece of pieces) expect(ends).toContain((at += piece.length))
    expect(Buffer.concat(pieces)).toEqual(bytes)
  }
})

test('messages larger than a read, and than a slab, come in one piece; what was handed on does not change', () => {
  const random = seeded(7)
  const sizes = [10, 70_000, 500_000, 1_200_000, 3, 2_500_000, 0, 900_000]
  const parts = Array.from({ length: 40 }, (_, index) =>
    msg(Buffer.alloc((sizes[index % sizes.length] ?? 0) + index, 97 + (index % 26))),
  )
  const bytes = Buffer.concat(parts)
  const pieces = read(bytes, () => 1 + Math.floor(random() * 200_000))
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  const ends = new Set<number>([0])
  let end = 0
  for (const part of parts) ends.add((end += part.length))
  let at = 0
  for (const piece of pieces) expect(ends.has((at += piece.length))).toBe(true)
})

test('an unfinished message is not handed on', () => {
  const reads = new WholeReads()
  const bytes = msg('hello')
  bytes.copy(reads.space(), 0, 0, bytes.length - 1)
  expect(reads.took(bytes.length - 1)).toBeNull()
  bytes.copy(reads.space(), 0, bytes.length - 1)
  expect(reads.took(1)?.equals(bytes)).toBe(true)
})
