import type { EventOf, Message } from '../../protocol/events.ts'
import { type ChannelId, trusted } from '../../protocol/ids.ts'
import { MESSAGE_PREFIX } from './log-record.ts'

const DELETED_PREFIX = Buffer.from('{"kind":"deleted",')
const EDITED_PREFIX = Buffer.from('{"kind":"edited",')
/** Ids have at most 64 characters: the place of a message stands within so many bytes of its event. */
const PLACE_BYTES = 160
const PLACE = /^\{"kind":"\w+","channel":"([^"]+)","seq":(\d+)/

export type MessagePlace = { readonly channel: ChannelId; readonly seq: number }

const startsWith = (json: Uint8Array, prefix: Buffer): boolean =>
  json.length > prefix.length && prefix.compare(json, 0, prefix.length) === 0

const isEdit = (json: Uint8Array): boolean => startsWith(json, EDITED_PREFIX)

/** The message whose words an event holds, its own or those of an edit; null if it is another kind of event. */
export function placeOf(json: Uint8Array): (MessagePlace & { readonly isEdit: boolean }) | null {
  if (!startsWith(json, MESSAGE_PREFIX) && !isEdit(json)) return null
  const match = PLACE.exec(
    Buffer.from(json.buffer, json.byteOffset, Math.min(json.length, PLACE_BYTES)).toString('latin1'),
  )
  if (match?.[1] === undefined) return null
  return { channel: trusted<ChannelId>(match[1]), seq: Number(match[2]), isEdit: isEdit(json) }
}

const COMMA = 0x2c

/**
 * A number that all events of a message's words have in common (others may have it too), from the bytes alone: it is asked
 * of every event; null if it is another kind of event.
 */
export function placeHash(json: Uint8Array): number | null {
  const prefix = startsWith(json, MESSAGE_PREFIX) ? MESSAGE_PREFIX : isEdit(json) ? EDITED_PREFIX : null
  return prefix === null ? null : hashOf(json, prefix.length)
}

/** The same of the message itself. */
export const hashOfPlace = ({ channel, seq }: MessagePlace): number =>
  hashOf(Buffer.from(`"channel":"${channel}","seq":${seq},`), 0)

/** FNV-1a of a channel and a seq, up to the comma after them. */
function hashOf(json: Uint8Array, start: number): number {
  const end = Math.min(json.length, start + PLACE_BYTES)
  let hash = 0
  let commas = 0
  for (let at = start; at < end; at++) {
    const byte = json[at] ?? 0
    if (byte === COMMA && ++commas === 2) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash
}

/** The message that an event tells the deletion of; null if it tells something else. */
export function deletionOf(json: Uint8Array): MessagePlace | null {
  if (!startsWith(json, DELETED_PREFIX)) return null
  // The fabric made these bytes itself.
  const { channel, seq } = JSON.parse(Buffer.from(json).toString()) as MessagePlace
  return { channel, seq }
}

/** What is left of an event that `placeOf` knows once its message was deleted. */
export const emptiedEvent = (json: Uint8Array): Uint8Array =>
  isEdit(json) ? emptiedEdit(json) : deletedEvent(json)

function emptiedEdit(json: Uint8Array): Uint8Array {
  const { mentions: _, ...edit } = JSON.parse(Buffer.from(json).toString()) as EventOf<'edited'>
  return Buffer.from(JSON.stringify({ ...edit, body: '', deleted: true }))
}

/** What is left of a message's event once the message was deleted. */
export function deletedEvent(json: Uint8Array): Uint8Array {
  const { channel, seq, from, device, at, cid, thread } = JSON.parse(Buffer.from(json).toString()) as Message
  const inThread = thread === undefined ? {} : { thread }
  return Buffer.from(
    JSON.stringify({
      kind: 'message',
      channel,
      seq,
      from,
      device,
      at,
      cid,
      body: '',
      ...inThread,
      deleted: true,
    }),
  )
}
