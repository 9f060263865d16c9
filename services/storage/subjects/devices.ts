import type { deviceEnd, devicesList, mentionsCount } from '../../../shared/fabric/calls.ts'
import { deviceKey } from '../../../shared/fabric/device-key.ts'
import { MAX_UNREAD_MENTIONS } from '../../../shared/protocol/limits.ts'
import { revoke } from '../accounts/tokens.ts'
import type { Operation } from './types.ts'

/** Devices that are logged in, each once, by its newest log-in. */
export const devicesListOperation: Operation<typeof devicesList> =
  ({ store }) =>
  async ({ user }) => {
    const devices = (await store.logIns(user, Date.now())).map(
      ({ family, device, deviceName, platform, createdAt, activeAt }) => ({
        family,
        device,
        name: deviceName,
        platform,
        created_at: createdAt,
        active_at: activeAt,
      }),
    )
    return { devices }
  }

/** Asked again, it does the same again: a crash between two steps is healed so. */
export const deviceEndOperation: Operation<typeof deviceEnd> =
  (context) =>
  async ({ user, device }) => {
    const now = Date.now()
    for (const family of await context.store.endDevice(user, device, now)) await revoke(context, family)
    // A customer's own tokens belong to no log-in: edges refuse those of before for this device.
    await context.revoked.put(deviceKey(user, device), JSON.stringify({ user, device, at: now }))
    return {}
  }

export const mentionsCountOperation: Operation<typeof mentionsCount> =
  ({ store, progress }) =>
  async ({ user, channels, positions, wait_ms }) => {
    await progress.reached(positions, wait_ms)
    const counts = channels.map(({ channel, after }) =>
      store.mentions(user, channel, after, MAX_UNREAD_MENTIONS),
    )
    return { counts: await Promise.all(counts) }
  }
