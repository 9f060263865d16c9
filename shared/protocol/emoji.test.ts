import { expect, test } from 'vitest'
import { isEmoji } from './emoji.ts'

test.each(['👍', '❤️', '👩‍👩‍👧‍👦', '🇩🇪', '1️⃣', '👋🏽', ':party_parrot:', '+1', 'tada'])(
  '%s is an emoji',
  (text) => expect(isEmoji(text)).toBe(true),
)
test.each(['', '👍👍', 'two words', '<b>', '👍'.repeat(1_000), 'é', '\u0000', ':x y:'])(
  '%j is none',
  (text) => expect(isEmoji(text)).toBe(false),
)
