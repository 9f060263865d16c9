import { NewestMap } from '../../../shared/newest-map.ts'
import { CLOSE } from '../../../shared/protocol/close-codes.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { DeviceId, SessionId } from '../../../shared/protocol/ids.ts'
import type { Identity } from '../auth/identity.ts'
import type { EdgeContext } from '../context.ts'
import { parseCursor } from '../session/cursor.ts'
import type { Session } from '../session/session.ts'
import { greet, mayGreet } from './greet.ts'
import { type PollAnswer, PollSocket } from './poll-socket.ts'

/** A first poll without patience still gets its welcome and what was missed, if that comes within this (ms). */
const CATCH_UP_MS = 1_000
/** Sessions that ended remembered, for the polls that still name them. */
const ENDED_MAX = 10_000
const { REPLACED, LEAVING, HEARTBEAT_MISSED } = CLOSE

/**
 * `isNamed`: its client names it. From then on, and once a client has gone away while it waited, whoever polls without
 * naming the session begins anew.
 */
type Polling = { readonly session: Session; readonly socket: PollSocket; isNamed: boolean }

export type Poll = {
  readonly identity: Identity
  readonly device: DeviceId
  readonly cursor: string | null
  /** What the client says that it polls for; null if it doesn't. */
  readonly session: SessionId | null
  readonly waitMs: number
  readonly onAborted: (handler: () => void) => void
}

/**
 * Sessions of clients that poll. A poll goes on with its device's session if it names it, or if it comes from where the
 * answer before ended while no other waits; any other begins a new one, from its cursor.
 */
export class Polls {
  readonly #polling = new Map<string, Polling>()
  readonly #ended = new NewestMap<
    SessionId,
    { readonly code: number; readonly lastWords: readonly string[] }
  >(ENDED_MAX)

  /** @throws `conflict` if a newer session of the device took its place, `unavailable`, `unauthenticated`, `bad_frame` */
  async poll(context: EdgeContext, poll: Poll): Promise<PollAnswer & { readonly session: SessionId }> {
    const ended = poll.session === null ? undefined : this.#ended.get(poll.session)
    if (ended?.code === REPLACED.code)
      throw new WeftError('conflict', 'Weft-Session: a newer session of this device has taken its place')
    if (ended !== undefined && ended.lastWords.length > 0 && poll.session !== null) {
      // Why it ended, even if no poll waited at that moment. While the edge leaves, it can't begin anew here.
      if (ended.code !== LEAVING.code) this.#ended.set(poll.session, { ...ended, lastWords: [] })
      return { frames: ended.lastWords, cursor: poll.cursor, session: poll.session }
    }
    const known = this.#find(poll)
    const polling = known ?? this.#begin(context, poll)
    const { session, socket } = polling
    polling.isNamed ||= poll.session !== null
    session.heard()
    if (known !== undefined) {
      socket.confirm(poll.cursor)
      session.drained()
    }
    const waitMs = socket.isSynced ? poll.waitMs : Math.max(poll.waitMs, CATCH_UP_MS)
    const answer = await new Promise<PollAnswer>((resolve) => {
      const timer = setTimeout(() => socket.release(), waitMs)
      poll.onAborted(() => {
        polling.isNamed = true
        socket.release()
      })
      socket.wait((given) => {
        clearTimeout(timer)
        resolve(given)
      })
    })
    session.heard()
    return { ...answer, session: session.id }
  }

  #find({ identity, device, cursor, session }: Poll): Polling | undefined {
    const known = this.#polling.get(keyOf(identity, device))
    if (known === undefined) return undefined
    const { socket, isNamed } = known
    const goesOn =
      session === null
        ? cursor !== null && cursor === socket.place && !socket.isWaiting && !isNamed
        : session === known.session.id
    return goesOn && !known.session.closed ? known : undefined
  }

  #begin(context: EdgeContext, { identity, device, cursor }: Poll): Polling {
    const from = cursor === null ? null : parseCursor(cursor)
    mayGreet(context, identity, device)
    const refused = context.refuse()
    if (refused !== null) throw refused
    const key = keyOf(identity, device)
    const socket = new PollSocket(cursor, (code, wasWaiting) => {
      // One that didn't poll for long knows why; whoever waited was told just now.
      const isTold = code === HEARTBEAT_MISSED.code || code === REPLACED.code || wasWaiting
      this.#ended.set(session.id, { code, lastWords: isTold ? [] : socket.lastWords })
      if (this.#polling.get(key)?.session === session) this.#polling.delete(key)
      handler.closed()
    })
    const { session, handler } = context.openSession(socket, 'poll')
    const before = this.#polling.get(key)
    const polling = { session, socket, isNamed: false }
    this.#polling.set(key, polling)
    // Its own device begins anew, and knows: the queue's owner needn't tell.
    before?.session.close('REPLACED')
    greet(context, session, { identity, device }, from)
    return polling
  }
}

const keyOf = ({ user }: Identity, device: DeviceId): string => `${user}/${device}`
