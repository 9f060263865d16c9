import { settingsOf } from '../../../shared/protocol/settings.ts'
import { allOf, changeMine } from './my-state.ts'
import type { Route } from './types.ts'

export const patchSettings: Route<'patchSettings'> = async ({ directory }, { identity, body }) => {
  await changeMine(directory, identity.user, { op: 'settings', set: body })
  return {
    status: 200,
    body: { settings: settingsOf(await allOf(directory, identity.user, 'settings')) },
  }
}
