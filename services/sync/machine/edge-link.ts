import { MAX_MESSAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { encodeEdgeBatch } from '../../../shared/fabric/wire/edge-batch.ts'
import type { EdgeId, SessionId } from '../../../shared/protocol/ids.ts'
import type { UserQueue } from './queue.ts'

/** A user's place at an edge: the edge's number for the user, and how many sessions stand behind it. */
export type LinkedUser = { handle: number; sessions: number }

type Outgoing = { readonly json: Uint8Array; readonly to: { readonly handle: number; readonly n: number }[] }

const BATCH_OVERHEAD_BYTES = 256
const EVENT_OVERHEAD_BYTES = 8
const RECIPIENT_BYTES = 10

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
    return this.#events.length > 0 || this.#replaced.length > 0
  }

  /** Adds a recipient of an event; the same bytes one after the other go out once. */
  event(json: Uint8Array, handle: number, n: number): void {
    if (this.#bytes + RECIPIENT_BYTES > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES) this.flush()
    const last = this.#events.at(-1)
    if (last?.json === json) {
      last.to.push({ handle, n })
      this.#bytes += RECIPIENT_BYTES
      return
    }
    const added = json.length + EVENT_OVERHEAD_BYTES + RECIPIENT_BYTES
    if (this.#bytes + added > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES) this.flush()
    this.#events.push({ json, to: [{ handle, n }] })
    this.#bytes += added
  }

  replaced(session: SessionId): void {
    this.#replaced.push(session)
    this.#bytes += session.length + 2
  }

  flush(): void {
    if (!this.pending) return
    this.#number++
    this.#emit(false, this.#events, this.#replaced)
    this.#events = []
    this.#replaced = []
    this.#bytes = 0
  }

  beat(): void {
    this.#emit(true, [], [])
  }

  #emit(beat: boolean, events: readonly Outgoing[], replaced: readonly SessionId[]): void {
    const { incarnation } = this
    this.#send(
      encodeEdgeBatch({ ...this.#address, incarnation, number: this.#number, beat, events, replaced }),
    )
  }
}
