const locale = 'en'
const clock = new Intl.DateTimeFormat(navigator.language, { hour: 'numeric', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
const shortWeekday = new Intl.DateTimeFormat(locale, { weekday: 'short' })
const thisYear = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const anyYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' })
const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const numericDate = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: '2-digit' })
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' })

const midnight = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime()
/** Whole days from `at` to `now` by the calendar, so that a change of clocks doesn't shift a day. */
const daysAgo = (at: Date, now: Date) => Math.round((midnight(now) - midnight(at)) / 86_400_000)

export const timeOf = (at: Date): string => clock.format(at)
export const fullTime = (at: Date): string => full.format(at)
export const dayKey = (at: Date): number => midnight(at)

/** "Today", "Yesterday", "Tuesday", "Tuesday, 3 March", "3 March 2024". */
export function dayName(at: Date, now = new Date()): string {
  const days = daysAgo(at, now)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return weekday.format(at)
  return at.getFullYear() === now.getFullYear() ? thisYear.format(at) : anyYear.format(at)
}

/** For the list of conversations: "14:02", "Yesterday", "Tue", "3 Mar", "03/03/24". */
export function briefTime(at: Date, now = new Date()): string {
  const days = daysAgo(at, now)
  if (days <= 0) return clock.format(at)
  if (days === 1) return 'Yesterday'
  if (days < 7) return shortWeekday.format(at)
  return at.getFullYear() === now.getFullYear() ? shortDate.format(at) : numericDate.format(at)
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const graphemes = (text: string) => Array.from(segmenter.segment(text), (part) => part.segment)

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/u)
    .filter(Boolean)
  const first = graphemes(words[0] ?? '?')[0] ?? '?'
  const second = words.length > 1 ? (graphemes(words[words.length - 1] ?? '')[0] ?? '') : ''
  return (first + second).toUpperCase()
}

const emojiOnly =
  /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{e0020}-\u{e007f}]|\u200d|\ufe0f|\s)+$/u

/** True for a message of one to three emoji and nothing else, which is shown large. */
export function isJumbo(text: string): boolean {
  if (text.length > 60 || !emojiOnly.test(text)) return false
  const count = graphemes(text.replace(/\s/gu, '')).length
  return count > 0 && count <= 3
}

/** Which of the eight tints stands for an id: the same on every device. */
export function tintOf(id: string): number {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0
  return ((hash ^ (hash >>> 11)) >>> 0) % 8
}

export const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

/** "3 d", "5 h", "12 min", "40 s": how long until something is over, in milliseconds. */
export function leftWords(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.ceil(minutes / 60)
  return hours < 24 ? `${hours} h` : `${Math.ceil(hours / 24)} d`
}
