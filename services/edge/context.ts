import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import type { WeftError } from '../../shared/protocol/errors.ts'
import type { EdgeId } from '../../shared/protocol/ids.ts'
import type { Revocations } from './auth/revocations.ts'
import type { Tickets } from './auth/tickets.ts'
import type { Tokens } from './auth/tokens.ts'
import type { Users } from './auth/users.ts'
import type { EdgeConfig } from './config.ts'
import type { Limits } from './limits/index.ts'
import type { Presence } from './presence/presence.ts'
import type { Socket, SocketHandler } from './server/socket.ts'
import type { OpenChannels } from './session/open/open-channels.ts'
import type { Registrar } from './session/registrar.ts'
import type { Sends } from './session/sends.ts'
import type { Session } from './session/session.ts'
import type { Sessions } from './session/sessions.ts'
import type { Transport } from './session/transport.ts'
import type { Typing } from './session/typing.ts'
import type { CommandSessions } from './transports/command-sessions.ts'
import type { Polls } from './transports/polls.ts'

/** Everything that the edge's code may use. */
export type EdgeContext = {
  readonly config: EdgeConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
  /** Made by this process, like its incarnation: a restarted edge is another one. */
  readonly edge: EdgeId
  readonly incarnation: number
  readonly limits: Limits | null
  readonly tokens: Tokens
  readonly revocations: Revocations
  readonly users: Users
  readonly sessions: Sessions
  readonly registrar: Registrar
  readonly sends: Sends
  readonly typing: Typing
  readonly presence: Presence
  readonly opens: OpenChannels
  readonly tickets: Tickets
  readonly polls: Polls
  readonly commands: CommandSessions
  /** A session whose frames go to this socket; the handler is told what becomes of that. */
  readonly openSession: (
    socket: Socket,
    transport: Transport,
  ) => { readonly session: Session; readonly handler: SocketHandler }
  /** Null if a session may be opened now. */
  readonly refuse: () => WeftError | null
  readonly draining: () => boolean
}
