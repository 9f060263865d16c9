import { expect, test } from 'vitest'
import { clientFrame, FrameCutter, PING, TEXT, upgradeEnd } from './websocket.ts'

/** As a server writes it: unmasked. */
function serverFrame(payload: Buffer, opcode = TEXT): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  head[1] = length < 65_536 ? 126 : 127
  if (length < 65_536) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

const payloads = [0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000].map((length, i) =>
  Buffer.alloc(length, String.fromCharCode(97 + i)),
)
const stream = Buffer.concat([
  ...payloads.map((payload) => serverFrame(payload)),
  serverFrame(Buffer.from('hi'), PING),
])

test.each([1, 2, 3, 7, 1_000, 65_536, stream.length])('frames are found in chunks of %i bytes', (size) => {
  const cutter = new FrameCutter()
  const found: Buffer[] = []
  const opcodes: number[] = []
  // As the socket does it: one buffer, written over by the next read.
  const buffer = Buffer.alloc(size)
  // A rest of 70,000 bytes a byte at a time would be copied 70,000 times.
  const bytes = size < 1_000 ? stream.subarray(0, 700) : stream
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size)
    cutter.push(buffer.subarray(0, length), (opcode, all, start, end) => {
      opcodes.push(opcode)
      found.push(Buffer.from(all.subarray(start, end)))
    })
  }
  const expected = size < 1_000 ? payloads.slice(0, 6) : [...payloads, Buffer.from('hi')]
  expect(found.map((payload) => payload.toString())).toEqual(expected.map((payload) => payload.toString()))
  expect(opcodes.at(-1)).toBe(size < 1_000 ? TEXT : PING)
})

test('what is no whole frame of sane size is refused', () => {
  const push = (bytes: readonly number[]) => new FrameCutter().push(Buffer.from(bytes), () => undefined)
  expect(() => push([0x01, 0x01, 0x61])).toThrow('fragmented')
  expect(() => push([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])).toThrow('a frame of 4294967296 bytes')
})

test('client frames are masked, with their length', () => {
  expect([...clientFrame('hi')]).toEqual([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
  expect([...clientFrame(Buffer.alloc(200)).subarray(0, 8)]).toEqual([0x81, 0xfe, 0, 200, 0, 0, 0, 0])
})

test('the answer to an upgrade is waited for, and checked', () => {
  const head =
    'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
  expect(upgradeEnd(Buffer.from(head.slice(0, -1)))).toBeNull()
  expect(upgradeEnd(Buffer.from(`${head}frames`))).toBe(head.length)
  expect(() => upgradeEnd(Buffer.from('HTTP/1.1 503 Full\r\n\r\n'))).toThrow(
    'no WebSocket: HTTP/1.1 503 Full',
  )
  expect(() => upgradeEnd(Buffer.from('HTTP/1.1 101 Yes\r\n\r\n'))).toThrow('the key was not answered')
})
