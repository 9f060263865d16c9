import { expect, test } from 'vitest'
import { shownNameSchema } from './names.ts'

test.each(['Ann', 'Zoë O’Neil', '山田 太郎', '👩‍👩‍👧 Family', 'אבא', 'x'.repeat(100)])(
  '%j is a name',
  (name) => {
    expect(shownNameSchema.parse(name)).toBe(name)
  },
)

test.each(['', '   ', 'a\0b', 'a\nb', 'Ann\u202egnp.exe', 'Ann\u2066', 'a\u0085b', 'x'.repeat(101)])(
  '%j is none',
  (name) => {
    expect(shownNameSchema.safeParse(name).success).toBe(false)
  },
)
