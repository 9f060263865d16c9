import { userState } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isStatusOver, type Status, statusSchema, statusText } from '../../../shared/protocol/settings.ts'
import { askAudience } from '../presence/audience.ts'

type Shown = { readonly status?: Status }

/** What a user says of themselves; nothing once its time is over. */
export async function statusOf(directory: Directory, user: UserId): Promise<Shown> {
  const asked = { user, area: 'status' as const, key: 'status', after: null, limit: 1 }
  const { rows } = await directory.callOwner(userState, 'sync', user, asked)
  const [row] = rows
  const status = row === undefined ? null : statusSchema.parse(JSON.parse(row.value))
  return status === null || isStatusOver(status, Date.now()) ? {} : { status }
}

/** The same to somebody who may see their presence; where that can't be asked now, nothing is shown. */
export async function statusFor(directory: Directory, user: UserId, viewer: UserId): Promise<Shown> {
  try {
    const shown = await statusOf(directory, user)
    if (user === viewer || shown.status === undefined) return shown
    const allowed = await askAudience(directory, [{ user, viewers: [viewer] }])
    return allowed.get(user)?.viewers.has(viewer) === true ? shown : {}
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'unavailable') throw error
    return {}
  }
}

/** @throws `bad_frame` */
export function mustSaySomething(status: Status): void {
  if (statusText(status) === '') throw new WeftError('bad_frame', 'status: says nothing; null takes it away')
  if (isStatusOver(status, Date.now())) throw new WeftError('bad_frame', 'status.until: is over already')
}
