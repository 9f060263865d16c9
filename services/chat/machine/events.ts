import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import type { MessageRecord } from '../../../shared/fabric/wire/log-record.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { Slab } from '../../../shared/slab.ts'

const CLOSING_BRACE = 0x7d
/** Messages stay in the tail. */
const kept = new Slab()

/** A message event's bytes, made once: they go to the log, the queues, the sockets and the history as they are. */
export function messageEvent(
  send: SendCommand,
  { seq, at, thread, expires }: Pick<MessageRecord, 'seq' | 'at' | 'thread' | 'expires'>,
): Buffer {
  // Ids hold no character that JSON would escape, and ASCII alone.
  const head =
    `{"kind":"message","channel":"${send.channel}","seq":${seq},"from":"${send.user}","device":"${send.device}",` +
    `"at":"${isoTime(at)}","cid":"${send.cid}",`
  const tail = thread === 0 && expires === 0 ? '' : tailOf(thread, expires)
  const event = kept.take(head.length + send.content.length + tail.length + 1)
  event.write(head, 'latin1')
  event.set(send.content, head.length)
  if (tail !== '') event.write(tail, head.length + send.content.length, 'latin1')
  event[event.length - 1] = CLOSING_BRACE
  return event
}

const tailOf = (thread: number, expires: number): string =>
  (thread === 0 ? '' : `,"thread":${thread}`) + (expires === 0 ? '' : `,"expires_at":"${isoTime(expires)}"`)
