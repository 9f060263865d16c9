/** A name as it is compared: names are unique whatever their case. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase()

/** Above every character that a word or name may go on with. */
export const HIGHEST = '\u{10FFFF}'

/** Of a word that names are found by (characters): what goes beyond makes no difference. */
const WORD_CHARS = 24
const WORDS_MAX = 16

/** The words of a channel's name as they are looked for, each once. */
export const wordsOf = (name: string): string[] =>
  [
    ...new Set(
      nameKey(name)
        .split(/[^\p{L}\p{M}\p{N}]+/u)
        .filter((word) => word !== '')
        .map(cutWord),
    ),
  ].slice(0, WORDS_MAX)

export const cutWord = (word: string): string => Array.from(nameKey(word)).slice(0, WORD_CHARS).join('')

/** Where a word is kept: with those that have its first character. */
export const shardOf = (word: string): string => Array.from(word)[0] ?? ''
