import type { EdgeConfig } from '../config.ts'
import { PollSocket } from '../transports/poll-socket.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** How often all sessions are looked at: this often within one heartbeat. */
const LOOKS_PER_HEARTBEAT = 25
const LOOK_MAX_MS = 1_000

/** Pings who is silent, and closes who has been silent too long, never said hello, or whose token has run out. */
export function startSessionClock(sessions: Sessions, config: EdgeConfig): () => void {
  const every = Math.min(LOOK_MAX_MS, Math.max(20, config.heartbeatMs / LOOKS_PER_HEARTBEAT))
  const timer = setInterval(() => {
    const now = performance.now()
    const time = Date.now()
    for (const session of sessions.all()) look(session, config, now, time)
  }, every)
  return () => clearInterval(timer)
}

function look(session: Session, { heartbeatMs, helloMs }: EdgeConfig, now: number, time: number): void {
  const { greeted } = session
  if (greeted === null) {
    if (now - session.openedAt >= helloMs) session.close('UNAUTHENTICATED')
    return
  }
  if (time >= greeted.identity.expiresAt) return session.close('UNAUTHENTICATED')
  const silence = now - session.heardAt
  if (session.transport === 'sse') {
    // Its client can't be heard; one that is gone without a word takes nothing any more.
    if (session.socket.buffered() === 0) session.heard()
    else if (silence >= 2 * heartbeatMs) return session.close('HEARTBEAT_MISSED')
    if (now - Math.max(session.pingedAt, session.openedAt) >= heartbeatMs) session.ping(now)
    return
  }
  if (session.transport === 'poll') {
    if (session.socket instanceof PollSocket && session.socket.isWaiting) session.heard()
    else if (silence >= 2 * heartbeatMs) session.close('HEARTBEAT_MISSED')
    return
  }
  if (silence >= 2 * heartbeatMs) return session.close('HEARTBEAT_MISSED')
  if (silence >= heartbeatMs && now - session.pingedAt >= heartbeatMs) session.ping(now)
}
