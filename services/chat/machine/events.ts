import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { Slab } from '../../../shared/slab.ts'

const CLOSING_BRACE = 0x7d
/** Messages stay in the tail. */
const kept = new Slab()

/** A message event's bytes, made once: they go to the log, the queues, the sockets and the history as they are. */
export function messageEvent(send: SendCommand, seq: number, at: number, thread: number): Buffer {
  // Ids hold no character that JSON would escape, and ASCII alone.
  const head =
    `{"kind":"message","channel":"${send.channel}","seq":${seq},"from":"${send.user}","device":"${send.device}",` +
    `"at":"${isoTime(at)}","cid":"${send.cid}",`
  const tail = thread === 0 ? '' : `,"thread":${thread}`
  const event = kept.take(head.length + send.content.length + tail.length + 1)
  event.write(head, 'latin1')
  event.set(send.content, head.length)
  if (thread > 0) event.write(tail, head.length + send.content.length, 'latin1')
  event[event.length - 1] = CLOSING_BRACE
  return event
}
