import type { HttpOperationName } from '../../../shared/protocol/http.ts'
import { command } from './command.ts'
import { createAccount } from './create-account.ts'
import { createChannel } from './create-channel.ts'
import { createSession } from './create-session.ts'
import { createTicket } from './create-ticket.ts'
import { deleteMember } from './delete-member.ts'
import { endSession } from './end-session.ts'
import { findUsers } from './find-users.ts'
import { getChannel } from './get-channel.ts'
import { getJwks } from './get-jwks.ts'
import { getMe } from './get-me.ts'
import { getSnapshot } from './get-snapshot.ts'
import { getUser } from './get-user.ts'
import { listChannels } from './list-channels.ts'
import { listEdges } from './list-edges.ts'
import { listMembers } from './list-members.ts'
import { listMessages } from './list-messages.ts'
import { openEvents } from './open-events.ts'
import { patchChannel } from './patch-channel.ts'
import { patchMe } from './patch-me.ts'
import { poll } from './poll.ts'
import { putMember } from './put-member.ts'
import { refreshSession } from './refresh-session.ts'
import type { Route } from './types.ts'

/** Every operation of the HTTP API, by its name in shared/protocol/http.ts. */
export const routes: { readonly [Name in HttpOperationName]: Route<Name> } = {
  createAccount,
  createSession,
  refreshSession,
  endSession,
  getMe,
  patchMe,
  getUser,
  findUsers,
  createChannel,
  listChannels,
  getChannel,
  patchChannel,
  listMembers,
  putMember,
  deleteMember,
  listMessages,
  getSnapshot,
  openEvents,
  poll,
  command,
  createTicket,
  listEdges,
  getJwks,
}
