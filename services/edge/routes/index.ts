import type { HttpOperationName } from '../../../shared/protocol/http.ts'
import { addMembers } from './add-members.ts'
import { command } from './command.ts'
import { createAccount } from './create-account.ts'
import { createChannel } from './create-channel.ts'
import { createInvite } from './create-invite.ts'
import { createSession } from './create-session.ts'
import { createTicket } from './create-ticket.ts'
import { deleteBan } from './delete-ban.ts'
import { deleteBlock } from './delete-block.ts'
import { deleteContact } from './delete-contact.ts'
import { deleteDevice } from './delete-device.ts'
import { deleteDraft } from './delete-draft.ts'
import { deleteInvite } from './delete-invite.ts'
import { deleteMember } from './delete-member.ts'
import { deleteMute } from './delete-mute.ts'
import { endSession } from './end-session.ts'
import { findUsers } from './find-users.ts'
import { getBadge } from './get-badge.ts'
import { getChannel } from './get-channel.ts'
import { getInvite } from './get-invite.ts'
import { getJwks } from './get-jwks.ts'
import { getMe } from './get-me.ts'
import { getSettings } from './get-settings.ts'
import { getSnapshot } from './get-snapshot.ts'
import { getThread } from './get-thread.ts'
import { getUser } from './get-user.ts'
import { listBans } from './list-bans.ts'
import { listBlocks } from './list-blocks.ts'
import { listChanges } from './list-changes.ts'
import { listChannels } from './list-channels.ts'
import { listContacts } from './list-contacts.ts'
import { listDevices } from './list-devices.ts'
import { listDrafts } from './list-drafts.ts'
import { listEdges } from './list-edges.ts'
import { listFollowedThreads } from './list-followed-threads.ts'
import { listInvites } from './list-invites.ts'
import { listMembers } from './list-members.ts'
import { listMessages } from './list-messages.ts'
import { listMutes } from './list-mutes.ts'
import { listPins } from './list-pins.ts'
import { listPublicChannels } from './list-public-channels.ts'
import { listReactions } from './list-reactions.ts'
import { listReceipts } from './list-receipts.ts'
import { listThreads } from './list-threads.ts'
import { listVersions } from './list-versions.ts'
import { openEvents } from './open-events.ts'
import { patchChannel } from './patch-channel.ts'
import { patchMe } from './patch-me.ts'
import { patchSettings } from './patch-settings.ts'
import { poll } from './poll.ts'
import { putBan } from './put-ban.ts'
import { putBlock } from './put-block.ts'
import { putContact } from './put-contact.ts'
import { putDraft } from './put-draft.ts'
import { putMember } from './put-member.ts'
import { putMute } from './put-mute.ts'
import { refreshSession } from './refresh-session.ts'
import { transferChannel } from './transfer-channel.ts'
import type { Route } from './types.ts'
import { useInvite } from './use-invite.ts'

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
  getSettings,
  patchSettings,
  putMute,
  deleteMute,
  putDraft,
  deleteDraft,
  listMutes,
  listDrafts,
  listContacts,
  putContact,
  deleteContact,
  listBlocks,
  putBlock,
  deleteBlock,
  getBadge,
  listDevices,
  deleteDevice,
  listReceipts,
  createChannel,
  listChannels,
  getChannel,
  patchChannel,
  listMembers,
  addMembers,
  putMember,
  deleteMember,
  listPublicChannels,
  transferChannel,
  listBans,
  putBan,
  deleteBan,
  createInvite,
  listInvites,
  deleteInvite,
  getInvite,
  useInvite,
  listMessages,
  listVersions,
  listPins,
  listReactions,
  listChanges,
  listThreads,
  getThread,
  listFollowedThreads,
  getSnapshot,
  openEvents,
  poll,
  command,
  createTicket,
  listEdges,
  getJwks,
}
