import type { EventOf, Message } from './events.ts'

/** What became of a message, as one reader sees it. */
export type Became = {
  readonly deleted: boolean
  readonly edit: EventOf<'edited'> | null
  readonly reactions: NonNullable<Message['reactions']>
  /** Of a message that a thread began with. */
  readonly replies?: Message['thread_replies']
}

/** A message's JSON as it is now, from that which was written. Of one that was deleted, only its places are left. */
export function changedMessage(
  original: Uint8Array,
  { deleted, edit, reactions, replies }: Became,
): Uint8Array {
  // The fabric made these bytes itself.
  const message = JSON.parse(Buffer.from(original).toString()) as Message
  const counted = replies === undefined ? {} : { thread_replies: replies }
  if (deleted) {
    const { channel, seq, from, device, at, cid, thread } = message
    return toBytes({
      channel,
      seq,
      from,
      device,
      at,
      cid,
      body: '',
      ...(thread === undefined ? {} : { thread }),
      ...counted,
      // Last, where `pinnedMessage` looks for it.
      deleted: true,
    })
  }
  return toBytes({
    ...message,
    ...(edit === null ? {} : { body: edit.body, edited_at: edit.edited_at }),
    ...(edit?.mentions === undefined ? {} : { mentions: edit.mentions }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...counted,
  })
}

const PINNED = Buffer.from(',"pinned":true}')
const DELETED = Buffer.from(',"deleted":true}')

/** A message's JSON, and that it is pinned; one that was deleted meanwhile isn't. */
export function pinnedMessage(message: Uint8Array): Uint8Array {
  if (Buffer.from(message.subarray(-DELETED.length)).equals(DELETED)) return message
  return Buffer.concat([message.subarray(0, -1), PINNED])
}

const toBytes = (message: Message): Uint8Array => Buffer.from(JSON.stringify(message))
