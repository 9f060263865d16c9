import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { inflateRawSync } from 'node:zlib'

/** SHA-256 of a file, as 64 hexadecimal digits. */
export async function sha256(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** @throws Error if the file isn't what was pinned. */
export async function verify(path, pinned) {
  const found = await sha256(path)
  if (found !== pinned) throw new Error(`checksum is ${found}, expected ${pinned}: refused`)
}

const END_SIGNATURE = 0x06054b50
const CENTRAL_SIGNATURE = 0x02014b50
const END_BYTES = 22
const COMMENT_LIMIT_BYTES = 65_535

/** The bytes of the first file in a zip archive whose name satisfies `wanted`. Enough of zip for a wheel. */
export function unzip(archive, wanted) {
  let end = archive.length - END_BYTES
  const first = Math.max(0, end - COMMENT_LIMIT_BYTES)
  while (end >= first && archive.readUInt32LE(end) !== END_SIGNATURE) end--
  if (end < first) throw new Error('not a zip archive')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw new Error('damaged zip archive')
    const method = archive.readUInt16LE(at + 10)
    const packedBytes = archive.readUInt32LE(at + 20)
    const nameBytes = archive.readUInt16LE(at + 28)
    const local = archive.readUInt32LE(at + 42)
    if (wanted(archive.toString('utf8', at + 46, at + 46 + nameBytes))) {
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
      const packed = archive.subarray(start, start + packedBytes)
      if (method === 0) return packed
      if (method === 8) return inflateRawSync(packed)
      throw new Error(`zip method ${method} is not supported`)
    }
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error('not in the zip archive')
}
