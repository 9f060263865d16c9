import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inPortions, portionOf } from './portions.ts'
import { MAX_PAGE_BYTES } from './registry.ts'

const BYTES = MAX_PAGE_BYTES / 4

test('a portion fits a page, unless its first item alone doesn’t; in portions all is answered, in its order', async () => {
  const lengths = fc.array(fc.oneof(fc.constantFrom(0, 1, BYTES, MAX_PAGE_BYTES, MAX_PAGE_BYTES * 2)), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(lengths, async (all) => {
      const items = all.map((length, n) => `${n} ${'\u0001'.repeat(length / 6)}`)
      const answers = await inPortions(items, async (asked) => {
        const portion = portionOf(asked)
        if (portion.length > 1)
          expect(Buffer.byteLength(JSON.stringify(portion))).toBeLessThanOrEqual(MAX_PAGE_BYTES + 2)
        return { portion, left: asked.length - portion.length }
      })
      expect(answers.flatMap(({ portion }) => portion)).toEqual(items)
    }),
    { numRuns: 30 },
  )
})

test('an answer that gets nowhere is an error rather than asked for without end', async () => {
  await expect(inPortions(['a', 'b'], async (asked) => ({ left: asked.length }))).rejects.toThrow('nothing')
})
