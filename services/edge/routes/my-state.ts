import { userChange, userState } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { UserArea, UserRequest } from '../../../shared/fabric/user-requests.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { isMuted, type Mute, muteSchema } from '../../../shared/protocol/settings.ts'

const ROWS_A_CALL = 200

/** Changes the user's own state. */
export const changeMine = (directory: Directory, user: UserId, request: UserRequest) =>
  directory.callOwner(userChange, 'sync', user, { user, request })

/** A page of an area of the user's state. */
export async function pageOf(
  directory: Directory,
  user: UserId,
  area: UserArea,
  query: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
) {
  const { rows, more } = await directory.callOwner(userState, 'sync', user, {
    user,
    area,
    key: null,
    after: query.cursor ?? null,
    limit: query.limit ?? PAGE_DEFAULT,
  })
  const last = rows.at(-1)?.key
  return { rows, next: more && last !== undefined ? last : null }
}

/** Every row of an area of the user's state. */
export async function allOf(directory: Directory, user: UserId, area: UserArea) {
  const found = new Map<string, string>()
  let cursor: string | undefined
  do {
    const page = await pageOf(directory, user, area, { cursor, limit: ROWS_A_CALL })
    for (const { key, value } of page.rows) found.set(key, value)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return found
}

/** The channels that are muted just now. */
export async function mutesOf(directory: Directory, user: UserId): Promise<ReadonlyMap<ChannelId, Mute>> {
  const rows = await allOf(directory, user, 'mute')
  const now = Date.now()
  const mutes = new Map<ChannelId, Mute>()
  for (const [channel, json] of rows) {
    const mute = muteSchema.parse(JSON.parse(json))
    if (isMuted(mute, now)) mutes.set(channel as ChannelId, mute)
  }
  return mutes
}

/** How a channel is muted just now; null if it isn't. */
export async function muteOf(directory: Directory, user: UserId, channel: ChannelId): Promise<Mute | null> {
  const asked = { user, area: 'mute' as const, key: channel, after: null, limit: 1 }
  const { rows } = await directory.callOwner(userState, 'sync', user, asked)
  const [row] = rows
  const mute = row === undefined ? undefined : muteSchema.parse(JSON.parse(row.value))
  return mute !== undefined && isMuted(mute, Date.now()) ? mute : null
}
