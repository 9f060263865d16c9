import type { EdgeConfig } from '../config.ts'
import { PollSocket } from '../transports/poll-socket.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** With few clients there is no need to take long: so many move each second at most. */
const MOVES_PER_S = 200
const LOOK_EVERY_MS = 50
/** A polling client that isn't asking just now is waited for so long, so that it hears of its move (at most). */
const AWAY_MS = 2_000

/** Tells each client when to move and where to, and closes it then. Resolves when all are gone. */
export async function drainSessions(sessions: Sessions, config: EdgeConfig): Promise<void> {
  const spreadMs = Math.min(config.drainMs, Math.max(250, (sessions.size / MOVES_PER_S) * 1000))
  const edges = config.edges.filter((url) => url !== config.publicUrl)
  const start = performance.now()
  const slots = Array.from(sessions.all(), (session) => ({ session, at: Math.random() * spreadMs }))
  slots.sort((a, b) => a.at - b.at)
  for (const { session, at } of slots) session.frame({ t: 'drain', in: Math.round(at) / 1000, edges })
  for (const { session, at } of slots) {
    while (mustWait(session, at)) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    session.close('LEAVING')
  }
  // Whoever said hello meanwhile.
  for (const session of [...sessions.all()]) session.close('LEAVING')

  function mustWait(session: Session, at: number): boolean {
    const passed = performance.now() - start
    return passed < at || (isAway(session) && passed < Math.min(config.drainMs, AWAY_MS))
  }
}

const isAway = ({ closed, socket }: Session): boolean =>
  !closed && socket instanceof PollSocket && !socket.isWaiting
