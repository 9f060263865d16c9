import { devicesList } from '../../../shared/fabric/calls.ts'
import type { DeviceId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { Route } from './types.ts'

/** Each once, by its newest log-in. A customer's own tokens make no log-in: their devices are the customer's to list. */
export const listDevices: Route<'listDevices'> = async ({ directory }, { identity }) => {
  const { devices } = await directory.callStorage(devicesList, { user: identity.user })
  const current = devices.find(({ family }) => family === identity.family)?.device
  const seen = new Set<DeviceId>()
  const items = devices.flatMap(({ device, name, platform, created_at, active_at }) => {
    if (seen.has(device)) return []
    seen.add(device)
    return [
      {
        id: device,
        name,
        platform,
        created_at: isoTime(created_at),
        active_at: isoTime(active_at),
        current: device === current,
      },
    ]
  })
  return { status: 200, body: { items, next: null } }
}
