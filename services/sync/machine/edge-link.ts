import { MAX_MESSAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { encodeEdgeBatch } from '../../../shared/fabric/wire/edge-batch.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { EdgeId, SessionId } from '../../../shared/protocol/ids.ts'
import type { UserQueue } from './queue.ts'

/** A user's place at an edge: the edge's number for the user, and how many sessions stand behind it. */
export type LinkedUser = { handle: number; sessions: number }

type Outgoing = { readonly json: Uint8Array; readonly to: { readonly handle: number; readonly n: number }[] }

const BATCH_OVERHEAD_BYTES = 256
const EVENT_OVERHEAD_BYTES = 8
const RECIPIENT_BYTES = 10
const HANDLE_BYTES = 4
/** Passing events that wait for one message to an edge (bytes): beyond, they are dropped, and what is kept has the room. */
const PASSING_BYTES = 128 * 1024

const dropped = counter(
  'weft_sync_passing_dropped_total',
  'Passing events that an edge’s message had no room for',
)

/** What this owner sends one incarnation of one edge: batches numbered from 1, and beats that repeat the last number. */
export class EdgeLink {
  readonly edge: EdgeId
  readonly incarnation: number
  /** When the edge last gave a sign of life (monotonic ms). */
  aliveAt: number
  readonly users = new Map<UserQueue, LinkedUser>()
  readonly #address: { readonly partition: number; readonly term: number }
  readonly #send: (bytes: Uint8Array) => void
  #number = 0
  #events: Outgoing[] = []
  #bytes = 0
  #replaced: SessionId[] = []
  #passing: { readonly json: Uint8Array; readonly handles: number[] }[] = []
  #passingBytes = 0
  /** Some of what passes would be missed: its message has a number. */
  #hasMarks = false

  constructor(
    edge: EdgeId,
    incarnation: number,
    aliveAt: number,
    address: { readonly partition: number; readonly term: number },
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

  get pending(): boolean {
    return this.#events.length > 0 || this.#replaced.length > 0 || this.#hasMarks
  }

  /** Adds a recipient of an event; the same bytes one after the other go out once. */
  event(json: Uint8Array, handle: number, n: number): void {
    if (this.#size + RECIPIENT_BYTES > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES) this.flush()
    const last = this.#events.at(-1)
    if (last?.json === json) {
      last.to.push({ handle, n })
      this.#bytes += RECIPIENT_BYTES
      return
    }
    const added = json.length + EVENT_OVERHEAD_BYTES + RECIPIENT_BYTES
    if (this.#size + added > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES) this.flush()
    this.#events.push({ json, to: [{ handle, n }] })
    this.#bytes += added
  }

  /**
   * Adds a recipient of a mark: it has no number of a queue, but is not dropped, and its message is numbered, so that an
   * edge that lost it asks again, and is named the marks since.
   */
  mark(json: Uint8Array, handle: number): void {
    const added = json.length + EVENT_OVERHEAD_BYTES + HANDLE_BYTES
    const isFull = this.#size + added > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES
    if (isFull || this.#passingBytes + added > PASSING_BYTES) this.flush()
    this.pass(json, handle)
    this.#hasMarks = true
  }

  /** Adds a recipient of a passing event, which is dropped where there is no room. */
  pass(json: Uint8Array, handle: number): void {
    const last = this.#passing.at(-1)
    const isSame = last?.json === json
    const added = HANDLE_BYTES + (isSame ? 0 : json.length + EVENT_OVERHEAD_BYTES)
    if (
      this.#passingBytes + added > PASSING_BYTES ||
      this.#size + added > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES
    ) {
      dropped.inc()
      return
    }
    if (isSame) last.handles.push(handle)
    else this.#passing.push({ json, handles: [handle] })
    this.#passingBytes += added
  }

  replaced(session: SessionId): void {
    this.#replaced.push(session)
    this.#bytes += session.length + 2
  }

  flush(): void {
    if (!this.pending) {
      // Nothing that would be missed: it goes as a beat, and no number is used up.
      if (this.#passing.length > 0) this.#emit(true, [], [])
      return
    }
    this.#number++
    this.#emit(false, this.#events, this.#replaced)
    this.#events = []
    this.#replaced = []
    this.#bytes = 0
  }

  get #size(): number {
    return this.#bytes + this.#passingBytes
  }

  beat(): void {
    this.#emit(true, [], [])
  }

  #emit(beat: boolean, events: readonly Outgoing[], replaced: readonly SessionId[]): void {
    const { incarnation } = this
    const passing = this.#passing
    const number = this.#number
    this.#passing = []
    this.#passingBytes = 0
    this.#hasMarks = false
    this.#send(encodeEdgeBatch({ ...this.#address, incarnation, number, beat, events, replaced, passing }))
  }
}
