import { signal } from '@preact/signals'

/** What a screen reader is told without the focus moving. The number makes the same words twice two announcements. */
export const polite = signal({ text: '', n: 0 })
export const urgent = signal({ text: '', n: 0 })

export function announce(text: string, options: { urgent?: boolean } = {}): void {
  const region = options.urgent ? urgent : polite
  region.value = { text, n: region.value.n + 1 }
}
