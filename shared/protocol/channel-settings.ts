import { z } from 'zod'
import { avatarSchema } from './avatar.ts'
import {
  MAX_DESCRIPTION_CHARS,
  MAX_DISAPPEAR_S,
  MAX_TOPIC_CHARS,
  MAX_URL_CHARS,
  MIN_DISAPPEAR_S,
} from './limits.ts'
import { shownNameSchema } from './names.ts'
import { rightsSchema } from './rights.ts'

/** What a channel is, beside its members and messages. A direct channel has none of it, but for messages that disappear. */
export const channelSettings = z.object({
  name: shownNameSchema.nullable(),
  topic: z.string().min(1).max(MAX_TOPIC_CHARS).nullable().describe('what it is about just now'),
  avatar: z.string().min(1).max(MAX_URL_CHARS).nullable(),
  description: z.string().min(1).max(MAX_DESCRIPTION_CHARS).nullable(),
  public: z.boolean().describe('anyone finds it by its name, and may join'),
  archived: z
    .boolean()
    .describe(
      'it can be read and left, and messages deleted and unpinned; whatever else would write in it is a `conflict`',
    ),
  disappear_after_s: z
    .number()
    .int()
    .min(MIN_DISAPPEAR_S)
    .max(MAX_DISAPPEAR_S)
    .nullable()
    .describe('what is sent from now on is deleted so long after; null = it stays'),
  rights: rightsSchema.partial().describe('what differs from how its kind begins'),
})
/** As somebody asks for them; what stands may be older than a rule. */
export const askedSettings = channelSettings.extend({ avatar: avatarSchema.nullable() })
export type ChannelSettings = z.infer<typeof channelSettings>
export const settingsPatch = channelSettings.partial()
export type SettingsPatch = z.infer<typeof settingsPatch>

export const NO_SETTINGS: ChannelSettings = {
  name: null,
  topic: null,
  avatar: null,
  description: null,
  public: false,
  archived: false,
  disappear_after_s: null,
  rights: {},
}

/** The settings with those that a patch names. */
export function patched(settings: ChannelSettings, patch: Readonly<SettingsPatch>): ChannelSettings {
  const named = Object.entries(patch).filter(([, value]) => value !== undefined)
  return { ...settings, ...Object.fromEntries(named) }
}

type ShownSettings = { -readonly [Key in Exclude<keyof ChannelSettings, 'name'>]?: ChannelSettings[Key] }

/** Those that say something, as they are told beside a channel's name. */
export function shownSettings(settings: ChannelSettings): ShownSettings {
  const shown = Object.entries(settings).filter(([key, value]) => key !== 'name' && saysSomething(value))
  return Object.fromEntries(shown)
}

const saysSomething = (value: ChannelSettings[keyof ChannelSettings]): boolean =>
  typeof value === 'object' ? value !== null && Object.keys(value).length > 0 : value !== false
