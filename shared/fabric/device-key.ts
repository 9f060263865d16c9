import { createHash } from 'node:crypto'
import type { DeviceId, UserId } from '../protocol/ids.ts'

/** A removed device in the bucket of what was ended: a hash, since a client chose its id. */
export const deviceKey = (user: UserId, device: DeviceId): string =>
  `device_${createHash('sha256').update(`${user}\n${device}`).digest('base64url')}`
