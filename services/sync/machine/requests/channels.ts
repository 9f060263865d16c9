import { threadKey, type UserRequestOf } from '../../../../shared/fabric/user-requests.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { PlannedRequest } from './types.ts'

/** Silences a channel, until a time or for ever. */
export const mute = ({ channel, mute: given }: UserRequestOf<'mute'>): PlannedRequest => ({
  area: 'mute',
  changes: [{ key: channel, json: given === null ? null : JSON.stringify(given) }],
  always: false,
  event: { kind: 'settings', mute: { channel, mute: given } },
  isSealed: false,
})

/** What was typed and not sent; the latest in the log's order wins. */
export const draft = ({ channel, body }: UserRequestOf<'draft'>): PlannedRequest => ({
  area: 'draft',
  changes: [{ key: channel, json: body === null ? null : JSON.stringify(body) }],
  always: false,
  event: { kind: 'settings', draft: { channel, body } },
  isSealed: true,
})

/** How far a thread was read, on every device; a receipt for nobody. */
export const threadRead = (
  user: UserId,
  { channel, thread, seq }: UserRequestOf<'thread-read'>,
): PlannedRequest => ({
  area: 'thread',
  changes: [{ key: threadKey(channel, thread), json: String(seq) }],
  rises: true,
  always: false,
  event: { kind: 'read', channel, user, seq, thread },
  isSealed: false,
})
