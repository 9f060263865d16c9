import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import {
  type ChannelSettings,
  patched,
  type SettingsPatch,
} from '../../../../shared/protocol/channel-settings.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { type Right, rightsSchema } from '../../../../shared/protocol/rights.ts'
import type { Channel } from '../channel.ts'
import { may, RANK, rankOf, roleFor } from '../roles.ts'
import { ARCHIVED } from './active.ts'
import { mustBeOpen } from './block.ts'

/**
 * What a channel is called and about, who finds it, who may do what in it, and whether it is archived.
 * @throws `forbidden`, `conflict` (it is archived), `bad_frame` (a public channel without a name)
 */
export function changeSettings(
  channel: Channel,
  by: UserId,
  { rights, ...patch }: Readonly<SettingsPatch>,
): ChannelChange | null {
  if (channel.kind === 'direct')
    mustConcernTwo(channel, by, { ...patch, ...(rights === undefined ? {} : { rights }) })
  else if (!may(channel, by, 'settings'))
    throw new WeftError('forbidden', `settings: not for a ${channel.members.get(by)?.role} of this channel`)
  const present = channel.settings
  const next = patched(present, {
    ...patch,
    ...(rights === undefined ? {} : { rights: given(channel, by, rights) }),
  })
  const changed = Object.entries(next).filter(
    ([key, value]) => !isSame(value, present[key as keyof ChannelSettings]),
  )
  if (changed.length === 0) return null
  if (present.archived && next.archived) throw new WeftError('conflict', ARCHIVED)
  mustBeNamed(next)
  return { op: 'settings', set: Object.fromEntries(changed) }
}

/** Either of the two says how long their messages stay, and nothing else. @throws `forbidden` */
function mustConcernTwo(channel: Channel, by: UserId, patch: Readonly<SettingsPatch>): void {
  const { disappear_after_s: _, ...more } = patch
  if (Object.keys(more).length > 0)
    throw new WeftError('forbidden', 'a direct channel has no settings but disappear_after_s')
  mustBeOpen(channel, by)
}

/** @throws `bad_frame` */
export function mustBeNamed({ public: isPublic, name }: Pick<SettingsPatch, 'public' | 'name'>): void {
  if (isPublic && (name ?? null) === null)
    throw new WeftError('bad_frame', 'name: a public channel is found by it, and must have one')
}

/** Nobody takes from those above them, or gives what only they have. */
function given(channel: Channel, by: UserId, asked: SetRights): SetRights {
  for (const right of RIGHTS) {
    const role = asked[right]
    const before = roleFor(channel, right)
    if (role === undefined || role === before) continue
    if (RANK[role] > rankOf(channel, by) || RANK[before] > rankOf(channel, by))
      throw new WeftError('forbidden', `rights: ${right} is above your role`)
  }
  return { ...channel.settings.rights, ...asked }
}

type SetRights = NonNullable<SettingsPatch['rights']>
const RIGHTS = Object.keys(rightsSchema.shape) as Right[]

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
