import { expect, test } from 'vitest'
import { Progress } from './progress.ts'

const ref = { region: 'r', kind: 'log', partition: 0 } as const
/** Longer than a test may take: only what is told ends the gathering. */
const LONG_MS = 60_000

test('gathering ends as soon as somebody waits for the store', async () => {
  const progress = new Progress()
  const gathered = progress.untilAwaited(ref, LONG_MS)
  const reached = progress.reached([{ kind: 'log', partition: 0, pack: 3 }], LONG_MS)
  await gathered
  // And doesn't begin while they wait.
  await progress.untilAwaited(ref, LONG_MS)
  progress.moved({ kind: 'log', partition: 0, pack: 3 })
  await expect(reached).resolves.toBeUndefined()
})

test('gathering ends when its projection has to', async () => {
  const progress = new Progress()
  const gathered = progress.untilAwaited(ref, LONG_MS)
  progress.hurry(ref)
  await expect(gathered).resolves.toBeUndefined()
})
