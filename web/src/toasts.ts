import { signal } from '@preact/signals'

/** How long a passing word stays, in milliseconds. */
const SHOWN_MS = 5_000

export type Toast = { n: number; text: string; bad: boolean }

/** A passing word at the edge of the page: it worked, or why it didn't. */
export const toast = signal<Toast | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined
let count = 0

export function say(text: string, options: { bad?: boolean } = {}): void {
  clearTimeout(timer)
  count++
  toast.value = { n: count, text, bad: options.bad === true }
  timer = setTimeout(() => {
    toast.value = undefined
  }, SHOWN_MS)
}
