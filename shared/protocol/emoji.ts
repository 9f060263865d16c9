const MAX_BYTES = 64
/** As custom emoji are called: `:party_parrot:`, or without its colons. */
const NAME = /^:?[A-Za-z0-9_+-]{1,32}:?$/
/** Flags are pairs of letters of their own, keycaps a digit and a frame: neither is a pictograph. */
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Whether a reaction may be called so: one emoji (Unicode TR 51, as one grapheme), or the name of a custom one. */
export function isEmoji(text: string): boolean {
  if (NAME.test(text)) return true
  if (Buffer.byteLength(text) > MAX_BYTES || !PICTURE.test(text)) return false
  return [...graphemes.segment(text)].length === 1
}
