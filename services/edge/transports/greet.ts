import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { DeviceId } from '../../../shared/protocol/ids.ts'
import type { Identity } from '../auth/identity.ts'
import type { EdgeContext } from '../context.ts'
import { type Cursor, formatCursor } from '../session/cursor.ts'
import type { Session } from '../session/session.ts'

/** @throws `unavailable`, `unauthenticated` */
export function mayGreet(
  { registrar, revocations }: EdgeContext,
  identity: Identity,
  device: DeviceId,
): void {
  if (registrar.full) throw unavailable('this edge is at its limit; try another')
  if (revocations.isRemoved(identity, device))
    throw new WeftError('unauthenticated', 'this device was removed')
  if (revocations.isRevoked(identity.family)) throw new WeftError('unauthenticated', 'this log-in was ended')
}

/** Who a session is for, and where its queue goes on: from here it catches up and then is live. */
export function greet(
  { config, fabric, sessions, registrar, edge }: EdgeContext,
  session: Session,
  who: { readonly identity: Identity; readonly device: DeviceId },
  cursor: Cursor | null,
  id?: number,
): void {
  const { identity, device } = who
  sessions.greet(session, identity, device)
  registrar.catchUp(session, {
    why: 'hello',
    cursor,
    welcome: (head) =>
      session.frame({
        t: 'welcome',
        ...(id === undefined ? {} : { id }),
        user: identity.user,
        device,
        session: session.id,
        region: fabric.region,
        edge,
        heartbeat: config.heartbeatMs / 1000,
        cursor: formatCursor(head),
      }),
  })
}
