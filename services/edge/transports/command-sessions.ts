import { NewestMap } from '../../../shared/newest-map.ts'
import type { DeviceId } from '../../../shared/protocol/ids.ts'
import type { Identity } from '../auth/identity.ts'
import type { Socket } from '../server/socket.ts'
import type { Greeted, Session } from '../session/session.ts'

/** Remembered at least: the order of a device's sends, and its rate, are kept over its commands. */
const REMEMBERED = 10_000

/** Nothing is ever sent to it: its commands' answers are responses, and it has no events. */
class NoSocket implements Socket {
  send(): void {}
  buffered(): number {
    return 0
  }
  cork(run: () => void): void {
    run()
  }
  end(): void {}
}

type CommandSession = { readonly session: Session; readonly greeted: Greeted }

/** What commands over HTTP are served in that don't name a session: one for each device. */
export class CommandSessions {
  readonly #known = new NewestMap<string, Session>(REMEMBERED)
  readonly #make: (socket: Socket) => Session
  readonly #partitionOf: (user: Identity['user']) => number

  constructor(make: (socket: Socket) => Session, partitionOf: (user: Identity['user']) => number) {
    this.#make = make
    this.#partitionOf = partitionOf
  }

  of(identity: Identity, device: DeviceId): CommandSession {
    const { user } = identity
    const key = `${user}/${device}`
    const session = this.#known.get(key) ?? this.#make(new NoSocket())
    this.#known.set(key, session)
    const entry = {
      user,
      handle: 0,
      partition: this.#partitionOf(user),
      sessions: new Set<Session>(),
      newest: 0,
    }
    return { session, greeted: { identity, device, entry } }
  }
}
