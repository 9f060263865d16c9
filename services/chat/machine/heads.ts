import { channelHeads } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { HeadMark } from '../../../shared/fabric/wire/sync-record.ts'
import type { Log } from '../../../shared/log/log.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'

/** A channel's new head is told so often at most (ms), and looked for so often. */
const MARK_EVERY_MS = 1_000
const LOOK_EVERY_MS = 200
const MARKS_A_CALL = 1_000

/**
 * Tells SYNC owners the newest heads of channels whose messages aren't in the queues: one mark a channel, partition and
 * second. A mark holds all that the ones before it did, so what fails is told again with what is newest then, and a new
 * owner begins by telling all: who knows a head already writes nothing.
 */
export class Heads {
  readonly #directory: Directory
  readonly #log: Log
  /** Whether bundles are still on their way to the partition: it may be told later who reads a channel. */
  readonly #isBehind: (syncPartition: number) => boolean
  readonly #lanes: { readonly due: Map<Channel, number>; isBusy: boolean }[]
  readonly #timer: NodeJS.Timeout
  readonly #markedAt = new Map<ChannelId, number>()

  constructor(options: {
    readonly directory: Directory
    readonly log: Log
    readonly channels: Iterable<Channel>
    readonly valid: () => boolean
    readonly isBehind: (syncPartition: number) => boolean
  }) {
    this.#directory = options.directory
    this.#log = options.log
    this.#isBehind = options.isBehind
    this.#lanes = Array.from({ length: options.directory.partitions.sync }, () => ({
      due: new Map(),
      isBusy: false,
    }))
    for (const channel of options.channels) if (channel.readable > 0) this.moved(channel)
    this.#timer = setInterval(() => {
      if (options.valid()) for (const partition of this.#lanes.keys()) void this.#tell(partition)
    }, LOOK_EVERY_MS)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  /** A record of the channel stands. */
  moved(channel: Channel): void {
    if (channel.fanout === 'queue') return
    const dueAt = Math.max(performance.now(), (this.#markedAt.get(channel.id) ?? 0) + MARK_EVERY_MS)
    for (const { due } of this.#lanes) if (!due.has(channel)) due.set(channel, dueAt)
  }

  async #tell(partition: number): Promise<void> {
    const lane = this.#lanes[partition]
    if (lane === undefined || lane.isBusy || lane.due.size === 0) return
    const now = performance.now()
    const told: Channel[] = []
    for (const [channel, dueAt] of lane.due) {
      if (dueAt > now) continue
      lane.due.delete(channel)
      if (channel.fanout === 'read') told.push(channel)
      if (told.length === MARKS_A_CALL) break
    }
    if (told.length === 0) return
    lane.isBusy = true
    for (const { id } of told) {
      // Those marked last stand last.
      this.#markedAt.delete(id)
      this.#markedAt.set(id, now)
    }
    const again = (channel: Channel) => {
      if (!lane.due.has(channel)) lane.due.set(channel, performance.now() + MARK_EVERY_MS)
    }
    try {
      const { unknown } = await this.#directory.callPartition(channelHeads, 'sync', partition, {
        marks: told.map(markOf),
      })
      const isUnknown = new Set(unknown)
      if (this.#isBehind(partition)) for (const channel of told) if (isUnknown.has(channel.id)) again(channel)
    } catch (error) {
      this.#log.debug({ err: error, partition }, 'new heads could not be told; they are told again')
      for (const channel of told) again(channel)
    } finally {
      lane.isBusy = false
      this.#forget(now)
    }
  }

  #forget(now: number): void {
    for (const [id, at] of this.#markedAt) {
      if (now - at <= MARK_EVERY_MS) return
      this.#markedAt.delete(id)
    }
  }
}

const markOf = ({ id, readable, readableRev, mentionedAll }: Channel): HeadMark => ({
  channel: id,
  seq: readable,
  rev: readableRev,
  all: mentionedAll !== null && mentionedAll.seq <= readable ? mentionedAll : null,
})
