import { JetStreamApiError } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import { z } from 'zod'
import { fromJson } from '../call.ts'
import type { Fabric } from '../connection.ts'
import { LogDamage } from '../pack.ts'
import { type PartitionRef, streams, subjects } from '../registry.ts'

const EXPECTED_LAST_SEQUENCE = 'Nats-Expected-Last-Sequence'
const WRONG_LAST_SEQUENCE = 10071
const NO_MESSAGE = 10037
const READ_AHEAD = 64

const pubAck = z.union([
  // First, since a refusal names the stream too, with sequence 0.
  z.object({ error: z.object({ err_code: z.number().int().optional(), description: z.string() }) }),
  z.object({ stream: z.string(), seq: z.number().int() }),
])

/** What the stream said to a publish. `failed`: it may or may not have been written. */
export type PublishAnswer =
  | { readonly kind: 'written' }
  | { readonly kind: 'wrong-sequence' }
  | { readonly kind: 'full'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

export type StoredPack = { readonly sequence: number; readonly bytes: Uint8Array }

/** A partition's stream: its last pack, its packs in order, and the fenced publish. */
export class PackStream {
  readonly name: string
  readonly #subject: string
  readonly #fabric: Fabric
  /** Written out as a message is published, so one will do. */
  readonly #headers = headers()

  constructor(fabric: Fabric, ref: PartitionRef) {
    this.#fabric = fabric
    this.name = streams.pack(ref)
    this.#subject = subjects.pack(ref)
  }

  /** The newest pack; null if the stream is empty. */
  async last(): Promise<StoredPack | null> {
    const { state } = await this.#fabric.jsm.streams.info(this.name)
    if (state.last_seq === 0) return null
    return { sequence: state.last_seq, bytes: await this.#must(state.last_seq) }
  }

  /** The pack at a sequence; null if there is none. */
  async get(sequence: number): Promise<Uint8Array | null> {
    try {
      // Any replica may answer this; one that lags says that it has none, so the leader is asked before that is believed.
      const direct = await this.#fabric.jsm.direct.getMessage(this.name, { seq: sequence })
      if (direct !== null) return direct.data
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error
    }
    try {
      return (await this.#fabric.jsm.streams.getMessage(this.name, { seq: sequence }))?.data ?? null
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE) return null
      throw error
    }
  }

  /**
   * Packs `first`…`last`, in order.
   * @throws LogDamage where one is missing.
   */
  async *read(first: number, last: number): AsyncGenerator<StoredPack> {
    const ahead: { sequence: number; bytes: Promise<Uint8Array> }[] = []
    let next = first
    try {
      while (next <= last || ahead.length > 0) {
        for (; next <= last && ahead.length < READ_AHEAD; next++)
          ahead.push({ sequence: next, bytes: this.#must(next) })
        const head = ahead.shift()
        if (head !== undefined) yield { sequence: head.sequence, bytes: await head.bytes }
      }
    } finally {
      // Whoever stopped reading has its own reason; reads still under way must not fail unheard.
      for (const { bytes } of ahead) bytes.catch(() => undefined)
    }
  }

  /** One message, refused whole unless `expectedLast` is the stream's last sequence. Never throws. */
  async publish(bytes: Uint8Array, expectedLast: number, timeoutMs: number): Promise<PublishAnswer> {
    this.#headers.set(EXPECTED_LAST_SEQUENCE, String(expectedLast))
    let answer: unknown
    try {
      const message = await this.#fabric.requests.request(this.#subject, bytes, this.#headers, timeoutMs)
      if (typeof message === 'string') return { kind: 'failed', why: message }
      answer = fromJson(message.data)
    } catch (error) {
      return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
    }
    const parsed = pubAck.safeParse(answer)
    if (!parsed.success) return { kind: 'failed', why: 'not a PubAck' }
    if ('error' in parsed.data) {
      const { err_code, description } = parsed.data.error
      if (err_code === WRONG_LAST_SEQUENCE) return { kind: 'wrong-sequence' }
      if (
        /maximum (bytes|messages) exceeded|insufficient (storage )?resources|resource limits exceeded/.test(
          description,
        )
      )
        return { kind: 'full', why: description }
      return { kind: 'failed', why: description }
    }
    // Through a leaf node another stream could have answered.
    if (parsed.data.stream !== this.name)
      return { kind: 'failed', why: `${parsed.data.stream} answered instead` }
    if (parsed.data.seq !== expectedLast + 1) return { kind: 'failed', why: `stored at ${parsed.data.seq}` }
    return { kind: 'written' }
  }

  async #must(sequence: number): Promise<Uint8Array> {
    const bytes = await this.get(sequence)
    if (bytes === null) throw new LogDamage(`pack ${sequence} is missing from ${this.name}`)
    return bytes
  }
}
