import type { Route } from './types.ts'

export const createTicket: Route<'createTicket'> = async ({ tickets }, { identity }) => {
  const { ticket, expiresIn } = await tickets.make(identity)
  return { status: 201, body: { ticket, expires_in: expiresIn } }
}
