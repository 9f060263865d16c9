import type { UserRequestOf } from '../../../../shared/fabric/user-requests.ts'
import type { PlannedRequest } from './types.ts'

export const contact = ({ user, on }: UserRequestOf<'contact'>): PlannedRequest => ({
  area: 'contact',
  changes: [{ key: user, json: on ? 'true' : null }],
  always: false,
  event: { kind: 'settings', contact: { user, on } },
  isSealed: false,
})

export const block = ({ user, on }: UserRequestOf<'block'>): PlannedRequest => ({
  area: 'block',
  changes: [{ key: user, json: on ? 'true' : null }],
  always: false,
  event: { kind: 'settings', block: { user, on } },
  isSealed: false,
})

export const status = ({ status: given }: UserRequestOf<'status'>): PlannedRequest => ({
  area: 'status',
  changes: [{ key: 'status', json: given === null ? null : JSON.stringify(given) }],
  always: false,
  event: { kind: 'settings', status: given },
  isSealed: false,
})

/** The user's other devices hear of it; what the device held is nobody's concern any more. */
export const forgetDevice = ({ device }: UserRequestOf<'forget-device'>): PlannedRequest => ({
  area: 'settings',
  changes: [],
  always: true,
  event: { kind: 'settings', removed_device: device },
  isSealed: false,
})
