import { settingsOf } from '../../../shared/protocol/settings.ts'
import { allOf } from './my-state.ts'
import type { Route } from './types.ts'

export const getSettings: Route<'getSettings'> = async ({ directory }, { identity }) => ({
  status: 200,
  body: { settings: settingsOf(await allOf(directory, identity.user, 'settings')) },
})
