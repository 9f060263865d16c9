import type { UserRequestOf } from '../../../../shared/fabric/user-requests.ts'
import { APP_PREFIX } from '../../../../shared/protocol/settings.ts'
import type { PlannedRequest, StateChange } from './types.ts'

/** Row by row, so that two devices that change different settings at once both win. */
export function settings({ set }: UserRequestOf<'settings'>): PlannedRequest {
  const { app = {}, ...own } = set
  const rows: StateChange[] = [
    ...Object.entries(own).map(([key, value]) => ({ key, json: JSON.stringify(value) })),
    ...Object.entries(app).map(([key, value]) => ({
      key: `${APP_PREFIX}${key}`,
      json: value === null ? null : JSON.stringify(value),
    })),
  ]
  return {
    area: 'settings',
    changes: rows,
    always: false,
    event: { kind: 'settings', settings: set },
    isSealed: false,
  }
}
