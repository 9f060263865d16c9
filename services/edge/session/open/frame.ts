import type { LiveEvent } from '../../../../shared/fabric/wire/live.ts'
import { MESSAGE_PREFIX } from '../../../../shared/fabric/wire/log-record.ts'

/**
 * The frame of an open channel's record, made once for all who have it open. A message's bytes don't hold its `rev`, since
 * they were made before it was numbered for readers of queues; it is put in here.
 */
export function liveFrame({ rev, json }: LiveEvent): Buffer {
  const head = `{"t":"event","rev":${rev},"event":`
  const isMessage = MESSAGE_PREFIX.compare(json, 0, Math.min(MESSAGE_PREFIX.length, json.length)) === 0
  const inside = isMessage ? `{"kind":"message","rev":${rev},` : ''
  const rest = isMessage ? MESSAGE_PREFIX.length : 0
  const frame = Buffer.allocUnsafe(head.length + inside.length + json.length - rest + 1)
  frame.write(head + inside, 'latin1')
  frame.set(rest === 0 ? json : json.subarray(rest), head.length + inside.length)
  frame[frame.length - 1] = 0x7d
  return frame
}

/** The same of a message as the history has it: its `rev` isn't known there. */
export const historyFrame = (message: Uint8Array): string =>
  `{"t":"event","event":{"kind":"message",${Buffer.from(message).toString('utf8', 1)}}`
