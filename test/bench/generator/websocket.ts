/**
 * The least of RFC 6455 that a load generator needs: masked client frames built once as bytes, server frames found by
 * their length. The mask is zero, which is legal and costs the server what any other costs it.
 */

/** The sample of RFC 6455, section 1.3: one key for all, so one answer to compare with. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const MASKED = 0x80
const FINAL = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
/** No frame of the fabric is larger; a longer one means that we lost our place (bytes). */
const FRAME_MAX_BYTES = 1024 * 1024

export const TEXT = 1
export const CLOSE = 8
export const PING = 9
export const PONG = 10

export const upgradeRequest = (host: string, path: string, subprotocol: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`

/** Null while the head of the response isn't whole; else where the frames begin. @throws if it is a refusal. */
export function upgradeEnd(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket: ${head.split('\r\n')[0]}`)
  if (!head.includes(ACCEPT)) throw new Error('no WebSocket: the key was not answered')
  return end + 4
}

/** A whole client frame; its payload begins at the frame's length minus the payload's. */
export function clientFrame(payload: string | Buffer, opcode = TEXT): Buffer {
  const body = Buffer.from(payload)
  const { length } = body
  if (length > 0xffff) throw new Error(`a frame of ${length} bytes is too long for this generator`)
  const head = length < LENGTH_16 ? Buffer.alloc(6) : Buffer.alloc(8)
  head[0] = FINAL | opcode
  if (length < LENGTH_16) head[1] = MASKED | length
  else {
    head[1] = MASKED | LENGTH_16
    head.writeUInt16BE(length, 2)
  }
  return Buffer.concat([head, body])
}

/** Called with bytes that are valid only during the call. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void

/** Cuts a stream of server frames; what is left of a chunk is kept for the next. */
export class FrameCutter {
  #rest: Buffer | null = null

  push(chunk: Buffer, onFrame: OnFrame): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = null
    const { length } = bytes
    let at = 0
    while (length - at >= 2) {
      const first = bytes[at] ?? 0
      if ((first & FINAL) === 0) throw new Error('a fragmented frame')
      let size = bytes[at + 1] ?? 0
      let head = 2
      if (size === LENGTH_16) {
        if (length - at < 4) break
        size = bytes.readUInt16BE(at + 2)
        head = 4
      } else if (size === LENGTH_64) {
        if (length - at < 10) break
        size = Number(bytes.readBigUInt64BE(at + 2))
        head = 10
      }
      if (size > FRAME_MAX_BYTES) throw new Error(`a frame of ${size} bytes`)
      const start = at + head
      const end = start + size
      if (end > length) break
      onFrame(first & 0x0f, bytes, start, end)
      at = end
    }
    // The chunk's memory is used again for the next read.
    if (at < length) this.#rest = Buffer.from(bytes.subarray(at))
  }
}
