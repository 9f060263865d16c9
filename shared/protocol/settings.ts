import { z } from 'zod'
import { MAX_STATUS_CHARS, MAX_STATUS_EMOJI_CHARS } from './limits.ts'

export const MAX_APP_SETTINGS = 50
const MAX_APP_VALUE_CHARS = 2_048
export const audienceSchema = z.enum(['everyone', 'contacts', 'nobody'])
export type Audience = z.infer<typeof audienceSchema>

const appKey = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 _ . -')
const appValue = z
  .json()
  .refine((value) => JSON.stringify(value).length <= MAX_APP_VALUE_CHARS, 'is too long')
  .describe('whatever the client keeps there; null forgets it')
const app = z
  .record(appKey, appValue)
  .refine((bag) => Object.keys(bag).length <= MAX_APP_SETTINGS, `has at most ${MAX_APP_SETTINGS} keys`)

const own = {
  read_receipts: z
    .boolean()
    .describe('whether others see what I have read; without it I don’t see what they have either'),
  presence: audienceSchema.describe('who sees whether I am there'),
  last_seen: audienceSchema.describe('who sees when I was there last'),
  locale: z.string().max(35).nullable(),
  time_zone: z.string().max(64).nullable(),
  theme: z.enum(['system', 'light', 'dark']),
} as const

export const settingsSchema = z.object({ ...own, app })
export type Settings = z.infer<typeof settingsSchema>
/** What is given changes, the rest stays. */
export const settingsPatchSchema = z.strictObject({ ...own, app }).partial()
export type SettingsPatch = z.infer<typeof settingsPatchSchema>

export const DEFAULT_SETTINGS: Settings = {
  read_receipts: true,
  presence: 'everyone',
  last_seen: 'everyone',
  locale: null,
  time_zone: null,
  theme: 'system',
  app: {},
}

/** A setting of the client's own stands under its name with this before it. */
export const APP_PREFIX = 'app.'

/** From rows (key, JSON); what a newer release wrote and this one doesn't know is left out. */
export function settingsOf(rows: Iterable<readonly [key: string, json: string]>): Settings {
  const given: Record<string, unknown> = {}
  const bag: Record<string, unknown> = {}
  for (const [key, json] of rows) {
    const value: unknown = JSON.parse(json)
    if (key.startsWith(APP_PREFIX)) bag[key.slice(APP_PREFIX.length)] = value
    else given[key] = value
  }
  const kept = app.safeParse(bag)
  const known = settingsSchema.safeParse({
    ...DEFAULT_SETTINGS,
    ...given,
    app: kept.success ? kept.data : {},
  })
  return known.success ? known.data : DEFAULT_SETTINGS
}

export const muteSchema = z.object({
  until: z.iso.datetime({ precision: 3 }).nullable().describe('null = for ever'),
  mentions: z.boolean().describe('whether mentions come through'),
})
export type Mute = z.infer<typeof muteSchema>

/** Whether it holds at that moment (ms since 1970). */
export const isMuted = (mute: Mute | undefined, now: number): boolean =>
  mute !== undefined && (mute.until === null || Date.parse(mute.until) > now)

export const statusSchema = z.object({
  text: z.string().max(MAX_STATUS_CHARS),
  emoji: z.string().max(MAX_STATUS_EMOJI_CHARS).nullable(),
  until: z.iso.datetime({ precision: 3 }).nullable().describe('it is gone then; null = it stays'),
})
export type Status = z.infer<typeof statusSchema>

/** Whether it holds at that moment (ms since 1970). */
export const isStatusOver = ({ until }: Status, now: number): boolean =>
  until !== null && Date.parse(until) <= now

/** In one line, as it goes with a person's presence. */
export const statusText = ({ emoji, text }: Status): string =>
  [emoji ?? '', text].filter((part) => part !== '').join(' ')
