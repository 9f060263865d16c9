import { accountRegister } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

export const createAccount: Route<'createAccount'> = async ({ directory, limits }, { body, address }) => {
  limits?.registrations.take(address)
  const { name, password, display_name } = body
  const { user } = await directory.callStorage(accountRegister, {
    name,
    password,
    display_name: display_name ?? null,
  })
  return { status: 201, body: { user } }
}
