import { WeftError } from '../../../shared/protocol/errors.ts'
import { type DeviceId, type SessionId, sessionIdSchema, trusted } from '../../../shared/protocol/ids.ts'

const UNNAMED = trusted<DeviceId>('http')

/** The device that a request over HTTP is of. */
export const deviceOf = (given: DeviceId | undefined): DeviceId => given ?? UNNAMED

/** The session that it names; null if none. @throws `bad_frame` */
export function sessionHeader(header: (name: string) => string): SessionId | null {
  const given = header('weft-session')
  if (given === '') return null
  const session = sessionIdSchema.safeParse(given)
  if (!session.success) throw new WeftError('bad_frame', 'Weft-Session: is not the id of a session')
  return session.data
}
