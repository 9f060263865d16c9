import { Reader, Writer } from '../../codec.ts'
import { ERROR_CODES, type ErrorCode } from '../../protocol/errors.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../protocol/ids.ts'
import { type Mentions, NO_MENTIONS, readMentions, writeMentions } from './mentions.ts'

/** One client's send, on its way from an edge to the owner of the channel's partition. */
export type SendCommand = {
  /** The edge's number for it; the answer carries it. u32, wraps. */
  readonly request: number
  readonly session: SessionId
  /**
   * Counts the times that this session saw a retryable refusal in this channel: after refusing one send, the owner
   * refuses all that follow with the same number, so that what was pipelined behind it isn't stored before it.
   */
  readonly flow: number
  readonly channel: ChannelId
  readonly user: UserId
  readonly device: DeviceId
  readonly cid: Cid
  /** The seq that it replies to; 0 = none. */
  readonly replyTo: number
  readonly mentions: Mentions
  /**
   * `"body":…` and the optional fields after it, as JSON without braces: made once at the edge. Empty: there is nothing to
   * send (any more), and only what the cid became before is asked.
   */
  readonly content: Uint8Array
}

/**
 * A batch's place among those of its edge to one owner: 0, 1, 2, … in its run. A hole means that one was lost on its way;
 * the edge begins the next run then. Runs only rise.
 */
export type BatchPlace = { readonly run: number; readonly number: number }

/** What an edge gathered in one tick for one LOG partition. `place`: null from releases before, which don't count. */
export type ChatBatch = {
  readonly edge: EdgeId
  readonly place: BatchPlace | null
  readonly sends: readonly SendCommand[]
}

const UNPLACED = 2
const PLACED = 3
/** With sends that have no content, which releases before would take for one. */
const ASKING = 4

export function encodeChatBatch({ edge, place, sends }: ChatBatch): Uint8Array {
  const placed = sends.some(({ content }) => content.length === 0) ? ASKING : PLACED
  const writer = new Writer(512 * sends.length + 64).u8(place === null ? UNPLACED : placed).str(edge)
  if (place !== null) writer.uint(place.run).uint(place.number)
  writer.u32(sends.length)
  for (const send of sends) {
    writer
      .u32(send.request)
      .str(send.session)
      .u32(send.flow)
      .str(send.channel)
      .str(send.user)
      .str(send.device)
    writeMentions(writer.str(send.cid).uint(send.replyTo), send.mentions).bytes(send.content)
  }
  return writer.finish()
}

export function decodeChatBatch(bytes: Uint8Array): ChatBatch {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version < 1 || version > ASKING) throw new TypeError(`unknown chat batch version ${version}`)
  const edge = trusted<EdgeId>(reader.str())
  const place = version >= PLACED ? { run: reader.uint(), number: reader.uint() } : null
  const sends = Array.from({ length: reader.u32() }, () => ({
    request: reader.u32(),
    session: trusted<SessionId>(reader.str()),
    flow: reader.u32(),
    channel: trusted<ChannelId>(reader.str()),
    user: trusted<UserId>(reader.str()),
    device: trusted<DeviceId>(reader.str()),
    cid: trusted<Cid>(reader.str()),
    replyTo: reader.uint(),
    mentions: version === 1 ? NO_MENTIONS : readMentions(reader),
    content: reader.bytes(),
  }))
  return { edge, place, sends }
}

/** The owner's answer to a send. `lost`: it came behind a batch that never did, and so did the whole run. */
export type SendAnswer =
  | {
      readonly request: number
      readonly ok: true
      readonly seq: number
      readonly at: number
      readonly duplicate: boolean
    }
  | {
      readonly request: number
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly retryAfter: number
      readonly lost?: true
    }

/** What stands for how it ended: as it was acked, or refused. Releases before take `LOST` for a refusal. */
const ACKED = 0
const DUPLICATE = 1
const REFUSED = 2
const LOST = 3

export function encodeAnswers(answers: readonly SendAnswer[]): Uint8Array {
  const writer = new Writer(32 * answers.length + 16).u8(1).u32(answers.length)
  for (const answer of answers) {
    writer.u32(answer.request)
    if (answer.ok) {
      writer
        .u8(answer.duplicate ? DUPLICATE : ACKED)
        .uint(answer.seq)
        .uint(answer.at)
    } else {
      // Milliseconds, since retry_after may be a fraction of a second.
      writer
        .u8(answer.lost ? LOST : REFUSED)
        .u8(ERROR_CODES.indexOf(answer.code))
        .str(answer.message)
        .u32(Math.round(answer.retryAfter * 1000))
    }
  }
  return writer.finish()
}

export function decodeAnswers(bytes: Uint8Array): SendAnswer[] {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== 1) throw new TypeError(`unknown answers version ${version}`)
  return Array.from({ length: reader.u32() }, (): SendAnswer => {
    const request = reader.u32()
    const outcome = reader.u8()
    if (outcome === ACKED || outcome === DUPLICATE)
      return { request, ok: true, duplicate: outcome === DUPLICATE, seq: reader.uint(), at: reader.uint() }
    const code = ERROR_CODES[reader.u8()] ?? 'unavailable'
    const refusal = {
      request,
      ok: false,
      code,
      message: reader.str(),
      retryAfter: reader.u32() / 1000,
    } as const
    return outcome === LOST ? { ...refusal, lost: true } : refusal
  })
}
