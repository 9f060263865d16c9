import { type Call, type Handler, SILENT, serve } from '../../../shared/fabric/call.ts'
import {
  bansList,
  channelChange,
  channelClose,
  channelCreate,
  channelInfo,
  channelInfos,
  channelMembers,
  channelOpen,
  channelReach,
  channelWindow,
  invitePreview,
  invitesList,
  memberDelete,
  memberPut,
  messagesExpire,
  pinsList,
  receiptsGet,
  receiptsPut,
  threadRoot,
  typingMay,
  versionsReach,
} from '../../../shared/fabric/calls.ts'
import { type PartitionRef, subjects } from '../../../shared/fabric/registry.ts'
import type { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChatContext } from '../context.ts'
import type { ChatMachine } from '../machine/chat-machine.ts'
import type { ChatCommand } from '../machine/commands.ts'
import { viewOf } from '../machine/state.ts'
import { bansOf, invitesOf, previewOf } from './administration.ts'
import { infosOf } from './infos.ts'
import { knownMessage } from './known-message.ts'
import { openHandler } from './open.ts'
import { rootOf } from './thread-root.ts'
import { mustSeeVersions } from './versions.ts'
import { windowHandler } from './window-handler.ts'

/** The requests that the owner of a LOG partition answers, for the time of its tenure. */
export function serveCalls(
  context: ChatContext,
  ref: PartitionRef,
  machine: ChatMachine,
  submit: (command: ChatCommand) => void,
): (() => void)[] {
  const { fabric, keys, log } = context
  const { state, tenure } = machine

  const answer = <Request, Response>(call: Call<Request, Response>, handler: Handler<Request, Response>) =>
    serve(fabric, log, call, subjects.ownerCall(ref, tenure.term, call.name), async (request, info) => {
      try {
        const response = tenure.valid() ? await handler(request, info) : SILENT
        return tenure.valid() ? response : SILENT
      } catch (error) {
        // A stale owner is silent, with its refusals too.
        if (tenure.valid()) throw error
        return SILENT
      }
    })
  const commanded = <Result>(
    make: (asked: { resolve: (result: Result) => void; reject: (error: WeftError) => void }) => ChatCommand,
  ) => new Promise<Result>((resolve, reject) => submit(make({ resolve, reject })))

  return [
    answer(channelCreate, (request) => commanded((asked) => ({ type: 'create', ...request, ...asked }))),
    answer(memberPut, (request) => commanded((asked) => ({ type: 'put-member', ...request, ...asked }))),
    answer(memberDelete, (request) =>
      commanded((asked) => ({ type: 'delete-member', ...request, ...asked })),
    ),
    answer(channelChange, async (request) => {
      const message = await knownMessage(context, state, request)
      return commanded((asked) => ({ type: 'change', ...request, message, ...asked }))
    }),
    answer(channelReach, ({ channel, user }) => {
      const { readable, members, pins } = state.member(channel, user)
      const joined = members.get(user)?.joined ?? 0
      return { pack: tenure.committed(), head: readable, joined, pinned: [...(pins?.keys() ?? [])] }
    }),
    answer(channelInfo, ({ channel, user }) => viewOf(state.member(channel, user), user, tenure.lineage)),
    answer(channelInfos, (request) => infosOf(state, request, tenure.lineage)),
    answer(receiptsPut, ({ entries }) => commanded((asked) => ({ type: 'receipts', entries, ...asked }))),
    answer(receiptsGet, ({ channel: id, user }) => {
      const channel = state.member(id, user)
      if (channel.members.size > context.config.receiptsMembers) return { items: [] }
      const others = [...channel.members.keys()].filter((member) => member !== user)
      return { items: others.map((member) => ({ user: member, ...channel.shownMarks(member) })) }
    }),
    answer(channelMembers, ({ channel, user, after, limit }) => {
      const { members } = state.member(channel, user)
      const { users, more } = members.page(after, limit)
      return { members: users.map((id) => ({ user: id, role: members.get(id)?.role ?? 'member' })), more }
    }),
    answer(invitePreview, (request) => previewOf(state, request)),
    answer(invitesList, (request) => invitesOf(state, request)),
    answer(bansList, (request) => bansOf(state, request)),
    answer(pinsList, ({ channel, user, before, limit }) => {
      const { pins } = state.member(channel, user)
      return pins?.page(before, limit) ?? { pins: [], more: false }
    }),
    answer(versionsReach, async (request) => {
      await mustSeeVersions(context, state, request)
      return { pack: tenure.committed() }
    }),
    answer(messagesExpire, ({ entries }) => commanded((asked) => ({ type: 'expire', entries, ...asked }))),
    answer(channelOpen, openHandler(state, state.live, keys)),
    answer(channelClose, ({ edge, incarnation, channels }) => {
      state.live.close(edge, incarnation, channels)
      return {}
    }),
    answer(typingMay, ({ channel, user }) => {
      machine.typing.may(channel, user)
      return {}
    }),
    answer(threadRoot, (request) => rootOf(context, state, request)),
    answer(channelWindow, windowHandler(state, keys)),
  ]
}
