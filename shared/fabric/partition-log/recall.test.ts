import { expect, test } from 'vitest'
import { digestOf, encodePack, NO_DIGEST } from '../pack.ts'
import { packsToRecall } from './recall.ts'

const SECOND_MS = 1_000

/** Packs one after the other, each at its time and of about as many bytes as given. */
function logOf(packs: readonly { readonly at: number; readonly bytes?: number }[]) {
  const stored: (Uint8Array | null)[] = []
  let previous: Uint8Array = NO_DIGEST
  for (const [i, { at, bytes = 10 }] of packs.entries()) {
    const pack = encodePack({
      kind: 'records',
      lineage: 1,
      number: i + 1,
      previous,
      term: 1,
      at,
      meta: new Uint8Array(),
      records: [new Uint8Array(bytes)],
    })
    previous = digestOf(pack)
    stored.push(pack)
  }
  const covered = { pack: packs.length, digest: previous }
  const stream = { get: (sequence: number) => Promise.resolve(stored[sequence - 1] ?? null) }
  const damages: string[] = []
  return {
    stored,
    damages,
    recalled: async () =>
      (await packsToRecall(stream, covered, ({ message }) => damages.push(message))).map(
        ({ number }) => number,
      ),
  }
}
const every = (count: number, stepMs: number, bytes?: number) =>
  Array.from({ length: count }, (_, i) => ({ at: i * stepMs, ...(bytes === undefined ? {} : { bytes }) }))
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

test('the packs of the last ten seconds come in order, whatever time it is now', async () => {
  expect(await logOf(every(5, SECOND_MS)).recalled()).toEqual([1, 2, 3, 4, 5])
  expect(await logOf(every(100, SECOND_MS)).recalled()).toEqual(upTo(90, 100))
  expect(await logOf([]).recalled()).toEqual([])
})

test('they are bounded in number and in bytes', async () => {
  expect(await logOf(every(1_500, 1)).recalled()).toEqual(upTo(477, 1_500))
  expect(await logOf(every(100, 1, 400 * 1024)).recalled()).toHaveLength(40)
})

test('what was trimmed, or is damaged, ends them', async () => {
  const trimmed = logOf(every(9, 1))
  for (const at of [0, 1, 2]) trimmed.stored[at] = null
  expect(await trimmed.recalled()).toEqual([4, 5, 6, 7, 8, 9])
  expect(trimmed.damages).toEqual([])
  const damaged = logOf(every(9, 1))
  damaged.stored[4]?.fill(7, 40, 50)
  expect(await damaged.recalled()).toEqual([6, 7, 8, 9])
  const swapped = logOf(every(9, 1))
  swapped.stored[4] = logOf(every(9, 2)).stored[4] ?? null
  expect(await swapped.recalled()).toEqual([6, 7, 8, 9])
  expect([...damaged.damages, ...swapped.damages]).toHaveLength(2)
})
