import { deviceEnd } from '../../../shared/fabric/calls.ts'
import { type DeviceId, trusted } from '../../../shared/protocol/ids.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

/** Asked again, it does the same again. */
export const deleteDevice: Route<'deleteDevice'> = async ({ directory }, { identity, params }) => {
  const device = trusted<DeviceId>(params.device ?? '')
  await directory.callStorage(deviceEnd, { user: identity.user, device })
  await changeMine(directory, identity.user, { op: 'forget-device', device })
  return { status: 204 }
}
