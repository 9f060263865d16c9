import { MAX_PAGE_BYTES } from '../../../../shared/fabric/registry.ts'
import { encodeLiveBatch, type LiveBatch, PASSING_REV } from '../../../../shared/fabric/wire/live.ts'
import type { ChannelId, EdgeId } from '../../../../shared/protocol/ids.ts'

type Address = { readonly partition: number; readonly term: number }
const EVENT_OVERHEAD_BYTES = 96
/** Passing events that wait for one message to an edge (bytes). */
const PASSING_BYTES = 64 * 1024

/** What this owner sends one incarnation of one edge: batches numbered from 1, and beats that repeat the last number. */
export class LiveLink {
  readonly edge: EdgeId
  readonly incarnation: number
  /** Monotonic ms. */
  aliveAt: number
  /** The channels that are open there, and which time. */
  readonly channels = new Map<ChannelId, number>()
  readonly #address: Address
  readonly #send: (bytes: Uint8Array) => void
  #number = 0
  #events: LiveBatch['events'][number][] = []
  #bytes = 0
  #passing: LiveBatch['events'][number][] = []
  #passingBytes = 0

  constructor(
    edge: EdgeId,
    incarnation: number,
    aliveAt: number,
    address: Address,
    send: (bytes: Uint8Array) => void,
  ) {
    this.edge = edge
    this.incarnation = incarnation
    this.aliveAt = aliveAt
    this.#address = address
    this.#send = send
  }

  /** Of the last message that was sent. */
  get number(): number {
    return this.#number
  }

  add(event: LiveBatch['events'][number]): void {
    const bytes = event.json.length + EVENT_OVERHEAD_BYTES
    if (this.#bytes > 0 && this.#bytes + bytes > MAX_PAGE_BYTES) this.flush()
    this.#events.push(event)
    this.#bytes += bytes
  }

  /** An event that is kept nowhere: dropped where there is no room. */
  pass(channel: ChannelId, json: Uint8Array): void {
    const bytes = json.length + EVENT_OVERHEAD_BYTES
    if (this.#passingBytes + bytes > PASSING_BYTES) return
    this.#passing.push({ channel, rev: PASSING_REV, json, ends: [] })
    this.#passingBytes += bytes
  }

  flush(): void {
    const passing = this.#passing
    this.#passing = []
    this.#passingBytes = 0
    if (this.#events.length === 0) {
      // Nothing that would be missed: it goes as a beat, and no number is used up.
      if (passing.length > 0) this.#emit(true, passing)
      return
    }
    this.#number++
    this.#emit(false, passing.length === 0 ? this.#events : [...this.#events, ...passing])
    this.#events = []
    this.#bytes = 0
  }

  beat(): void {
    this.#emit(true, [])
  }

  #emit(beat: boolean, events: LiveBatch['events']): void {
    const { incarnation } = this
    this.#send(encodeLiveBatch({ ...this.#address, incarnation, number: this.#number, beat, events }))
  }
}
