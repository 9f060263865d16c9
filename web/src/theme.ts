import { signal } from '@preact/signals'
import { keep, recall } from './keep.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const kept = recall('theme')
/** Light, dark, or as the system has it. */
export const theme = signal<Theme>(THEMES.find((one) => one === kept) ?? 'system')
show(theme.value)

export function setTheme(next: Theme): void {
  theme.value = next
  keep('theme', next === 'system' ? undefined : next)
  show(next)
}

function show(next: Theme): void {
  if (next === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next
}
