import type { LiveEvent } from '../../../../shared/fabric/wire/live.ts'
import type { ChannelId, UserId } from '../../../../shared/protocol/ids.ts'
import type { Session } from '../session.ts'

/** What comes live while a session is still asking for what it missed; beyond so many it asks once more instead. */
const PENDING_MAX = 1_000

/**
 * A session that has the channel open. `asking`: it is told what it missed. `joining`: it has that, and the channel has yet
 * to get as far. `joined`: it gets what all get.
 */
export type Reader = {
  readonly session: Session
  readonly user: UserId
  readonly channel: OpenChannel
  state: 'asking' | 'joining' | 'joined'
  /** The newest record that was sent to it. */
  last: number
  pending: { readonly rev: number; readonly frame: Buffer | null }[]
  /** More came than `pending` holds. */
  overrun: boolean
  /** Its socket takes what the server publishes to all; otherwise it is written to singly. */
  isSubscribed: boolean
}

/** A channel that sessions of this edge have open. */
export class OpenChannel {
  readonly id: ChannelId
  readonly partition: number
  /** Which time that this edge has it open: a close of an earlier time doesn't count. */
  readonly turn: number
  readonly topic: string
  /** The newest record that all were sent; null before the owner's first answer. */
  rev: number | null = null
  /** What came live while the owner is asked for what was missed; null while nothing is missing. */
  held: LiveEvent[] | null = []
  isResuming = false
  readonly readers = new Map<Session, Reader>()
  /** Those of them that haven't joined. */
  readonly waiting = new Set<Reader>()
  /** Those that have, and can't be published to. */
  readonly single = new Set<Reader>()
  /** Frames that all who have joined are still to get. */
  frames: Buffer[] = []
  /** Published since slow readers were looked for. */
  bytesSinceLook = 0

  constructor(id: ChannelId, partition: number, turn: number) {
    this.id = id
    this.partition = partition
    this.turn = turn
    this.topic = `channel/${id}`
  }

  newReader(session: Session, user: UserId): Reader {
    const reader: Reader = {
      session,
      user,
      channel: this,
      state: 'asking',
      last: 0,
      pending: [],
      overrun: false,
      isSubscribed: false,
    }
    this.readers.set(session, reader)
    this.waiting.add(reader)
    return reader
  }
}

/** Notes or sends what comes live to one who hasn't joined. */
export function toWaiting(reader: Reader, rev: number, frame: Buffer | null): void {
  if (reader.state === 'asking') {
    if (reader.pending.length < PENDING_MAX) reader.pending.push({ rev, frame })
    else reader.overrun = true
    return
  }
  if (rev <= reader.last) return
  reader.last = rev
  if (frame !== null) reader.session.text(frame.toString())
}
