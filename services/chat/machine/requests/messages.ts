import type { KeyObject } from 'node:crypto'
import type { ChannelRequest } from '../../../../shared/fabric/channel-requests.ts'
import { seal } from '../../../../shared/fabric/keyring.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { WeftEvent } from '../../../../shared/protocol/events.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { MAX_PINS, MAX_REACTIONS_A_MESSAGE } from '../../../../shared/protocol/limits.ts'
import { isoTime } from '../../../../shared/protocol/time.ts'
import type { Channel } from '../channel.ts'
import type { Recent } from '../message-changes.ts'
import type { Numbered } from '../planning.ts'
import type { Reactions } from '../reactions.ts'
import { may, mayWrite } from '../roles.ts'
import type { EventBytes } from '../tail.ts'
import { mustBeOpen } from './block.ts'

type Of<Op extends ChannelRequest['op']> = Extract<ChannelRequest, { op: Op }>
export type MessageRequest = Of<'edit' | 'delete' | 'react' | 'pin'>
export const isMessageRequest = (request: ChannelRequest): request is MessageRequest =>
  request.op === 'edit' || request.op === 'delete' || request.op === 'react' || request.op === 'pin'

/** What was known of the message before the request was planned: who wrote it, and what became of it in the store. */
export type KnownMessage = {
  readonly from: UserId
  readonly mentions: readonly UserId[]
  readonly deleted: boolean
  /** Of each emoji, who. */
  readonly reactions: ReadonlyMap<string, ReadonlySet<UserId>>
  /** Of whoever asks. */
  readonly key: KeyObject
}

export type PlannedChange = {
  readonly change: ChannelChange
  readonly makeEvent?: (numbered: Numbered) => EventBytes
}

/** Null where nothing is to be written. @throws `not_found`, `forbidden`, `conflict`, `too_large` */
export function planMessageRequest(
  channel: Channel,
  by: UserId,
  request: MessageRequest,
  known: KnownMessage,
  recent: Recent,
): PlannedChange | null {
  // Whatever puts something before the other is as a send is; what one said can be taken back all the same.
  if (request.op !== 'delete') mustBeOpen(channel, by)
  const isDeleted = known.deleted || recent.deleted
  switch (request.op) {
    case 'edit':
      if (known.from !== by) throw new WeftError('forbidden', 'only its author edits a message')
      if (isDeleted) throw new WeftError('conflict', 'the message was deleted')
      if (!mayWrite(channel, by)) throw new WeftError('forbidden', 'you may not write here any more')
      return edited(channel, by, request, known)
    case 'delete':
      if (known.from !== by && !may(channel, by, 'moderate'))
        throw new WeftError('forbidden', 'only its author, or who moderates, deletes a message')
      return isDeleted ? null : { change: { op: 'deleted', seq: request.seq, ...holders(channel, known) } }
    case 'react':
      if (!may(channel, by, 'react')) throw new WeftError('forbidden', 'your role here has no right to react')
      if (isDeleted) throw new WeftError('conflict', 'the message was deleted')
      return reaction(by, request, known, recent.reactions)
    case 'pin':
      if (!may(channel, by, 'pin')) throw new WeftError('forbidden', 'your role here has no right to pin')
      if (isDeleted && request.on) throw new WeftError('conflict', 'the message was deleted')
      return pin(channel, request)
  }
}

function edited(
  channel: Channel,
  by: UserId,
  { seq, body, mentions }: Of<'edit'>,
  known: KnownMessage,
): PlannedChange {
  const makeEvent = ({ rev, at }: Numbered): EventBytes => {
    const time = isoTime(at)
    const event: WeftEvent = {
      kind: 'edited',
      channel: channel.id,
      seq,
      rev,
      at: time,
      by,
      body,
      edited_at: time,
      ...(mentions === undefined ? {} : { mentions }),
    }
    const json = Buffer.from(JSON.stringify(event))
    return { json, sealed: seal(known.key, by, json) }
  }
  return { change: { op: 'edited', seq, ...holders(channel, known) }, makeEvent }
}

/** Where messages aren't copied to all queues, the record says in whose this one is. */
export const holders = ({ fanout }: Channel, { from, mentions }: Pick<KnownMessage, 'from' | 'mentions'>) =>
  fanout === 'read' ? { holders: [...new Set([from, ...mentions])] } : {}

function pin({ pins }: Channel, { seq, on }: Of<'pin'>): PlannedChange | null {
  if ((pins?.has(seq) ?? false) === on) return null
  if (on && (pins?.size ?? 0) >= MAX_PINS)
    throw new WeftError('conflict', `a channel has at most ${MAX_PINS} pins; unpin something first`)
  return { change: { op: 'pinned', seq, on } }
}

function reaction(
  by: UserId,
  { seq, emoji, on }: Of<'react'>,
  known: KnownMessage,
  recent: Reactions | undefined,
): PlannedChange | null {
  if ((recent?.of(emoji, by) ?? known.reactions.get(emoji)?.has(by) ?? false) === on) return null
  if (on) {
    const shown = new Set(recent?.added())
    for (const [name, users] of known.reactions)
      for (const user of users) if (recent?.of(name, user) !== false) shown.add(name)
    if (!shown.has(emoji) && shown.size >= MAX_REACTIONS_A_MESSAGE)
      throw new WeftError(
        'too_large',
        `emoji: a message has at most ${MAX_REACTIONS_A_MESSAGE} different ones`,
      )
  }
  return { change: { op: 'reaction', seq, emoji, on } }
}
