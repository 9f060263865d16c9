import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { seal } from '../../../shared/fabric/keyring.ts'
import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import type { SendAnswer } from '../../../shared/fabric/wire/chat-batch.ts'
import { encodeLogRecord } from '../../../shared/fabric/wire/log-record.ts'
import { NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'
import type { FirstAnswer } from './cids.ts'
import type { Send } from './commands.ts'
import { messageEvent } from './events.ts'
import { mustBeActive } from './requests/active.ts'
import { mustBeOpen } from './requests/block.ts'
import { may, mayWrite, roleFor } from './roles.ts'
import { type ChatState, type Deliver, deliver } from './state.ts'
import type { EventBytes } from './tail.ts'

const NOBODY: readonly UserId[] = []

/** @throws `conflict` where it is archived */
function refusalToWrite(channel: Channel): WeftError {
  mustBeActive(channel)
  return new WeftError(
    'forbidden',
    `in this channel one writes from the role of ${roleFor(channel, 'send')} on`,
  )
}

/** Numbers a message and puts it into the pack; a cid that was seen before gets the first answer again. */
export function planSend(
  send: Send,
  pack: PackPlan,
  state: ChatState,
  partitionOf: (user: UserId) => number,
  answer: (answer: SendAnswer) => void,
  to: Deliver,
): void {
  const { command, key } = send
  const { request } = command
  const repeated = (first: FirstAnswer) =>
    // It may stand in this very pack, so its answer waits for the pack too.
    pack.committed(() => answer({ request, ok: true, seq: first.seq, at: first.at, duplicate: true }))

  // It was fresh, or its store's answer is at hand: what was added since then is among the newest.
  const known = state.cids.recent(command.channel, command.user, command.cid)
  if (known !== undefined) return repeated(known)
  if (send.stored !== null) return repeated(send.stored)
  if (command.content.length === 0) throw new WeftError('not_found', 'cid: nothing was sent with it')

  // After the cid: one who has left since still gets the first answer to what they sent before.
  const channel = state.member(command.channel, command.user)
  mustBeOpen(channel, command.user)
  if (!mayWrite(channel, command.user)) throw refusalToWrite(channel)
  if (command.mentions.all !== null && !may(channel, command.user, 'mention_all'))
    throw new WeftError('forbidden', 'mentions: your role in this channel may not mention everyone')
  if (command.replyTo > channel.head)
    throw new WeftError('bad_frame', `reply_to: the newest message is ${channel.head}`)
  if (send.parent?.deleted === true || state.changes.ahead(channel.id, command.replyTo).deleted)
    throw new WeftError('conflict', 'reply_to: the message was deleted')
  const thread = command.replyTo === 0 ? 0 : channel.replies.threadOf(send.parent?.thread ?? command.replyTo)
  const seq = ++channel.head
  const rev = ++channel.rev
  const at = (channel.at = Math.max(channel.at, pack.now))
  const lastsS = channel.settings.disappear_after_s
  const expires = lastsS === null ? 0 : at + lastsS * 1000
  const json = messageEvent(command, { seq, at, thread, expires })
  const sealed = seal(key, command.user, json)
  const event: EventBytes = { json, sealed }
  const record = pack.add(
    encodeLogRecord({
      type: 'message',
      channel: command.channel,
      rev,
      seq,
      from: command.user,
      device: command.device,
      cid: command.cid,
      at,
      mentions: command.mentions,
      thread,
      expires,
      event: sealed,
    }),
  )
  state.cids.add(channel.id, command.user, command.cid, { seq, at }, pack.number)
  // At its place in the log, as replay does it: who receives it, and what a snapshot may hold before it stands.
  const recipients = channel.messageRoutes(command.user, command.mentions, partitionOf)
  channel.wrote(command.user, seq)
  if (thread > 0) channel.replies.add(seq, thread)
  channel.mentions(seq, command.mentions)
  pack.committed(() => {
    channel.readable = seq
    channel.readableRev = rev
    const held = HeldEvent.clear(json, pack.number)
    state.tail.add(channel.id, seq, held)
    state.replied(channel.id, thread, pack.number)
    if (command.mentions !== NO_MENTIONS) channel.mentionPack = pack.number
    state.live.show(channel, { rev, head: seq, isMessage: true, event: held, ends: NOBODY })
    deliver(recipients, event, { pack: pack.number, record }, to)
    answer({ request, ok: true, seq, at, duplicate: false })
  })
}
