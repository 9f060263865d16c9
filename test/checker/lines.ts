import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** A file's lines, one after the other. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) if (line !== '') yield line
}
