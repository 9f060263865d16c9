import type { Violations } from './violations.ts'

/** The non-duplicate acks of one connection in one channel: requests' lines, ops and seqs, as they came. */
type Flow = { readonly lines: number[]; readonly ops: number[]; readonly seqs: number[] }

/** Sends of one connection to one channel commit in the order sent. */
export class Connections {
  readonly #violations: Violations
  readonly #connections = new Map<string, { number: number; flows: Map<string, Flow> }>()

  constructor(violations: Violations) {
    this.#violations = violations
  }

  /** The client's connection of now; another number after each `opened`. */
  numberOf(client: string): number {
    return this.#of(client).number
  }

  opened(client: string): void {
    const connection = this.#of(client)
    this.#check(client, connection.flows)
    connection.number += 1
    connection.flows = new Map()
  }

  acked(
    client: string,
    connection: number,
    channel: string,
    ack: { line: number; op: number; seq: number },
  ): void {
    const { number, flows } = this.#of(client)
    if (number !== connection) return
    let flow = flows.get(channel)
    if (flow === undefined) flows.set(channel, (flow = { lines: [], ops: [], seqs: [] }))
    flow.lines.push(ack.line)
    flow.ops.push(ack.op)
    flow.seqs.push(ack.seq)
  }

  end(): void {
    for (const [client, { flows }] of this.#connections) this.#check(client, flows)
  }

  #of(client: string) {
    let connection = this.#connections.get(client)
    if (connection === undefined)
      this.#connections.set(client, (connection = { number: 0, flows: new Map<string, Flow>() }))
    return connection
  }

  #check(client: string, flows: ReadonlyMap<string, Flow>): void {
    for (const [channel, { lines, ops, seqs }] of flows) {
      const inOrder = lines.map((_, index) => index).sort((a, b) => (lines[a] ?? 0) - (lines[b] ?? 0))
      for (let at = 1; at < inOrder.length; at++) {
        const [before, after] = [inOrder[at - 1] ?? 0, inOrder[at] ?? 0]
        const [seqBefore, seqAfter] = [seqs[before] ?? 0, seqs[after] ?? 0]
        if (seqAfter > seqBefore) continue
        this.#violations.add('send-order', `sent after what got ${seqBefore}, and got ${seqAfter}`, {
          channel,
          client,
          seq: seqAfter,
          ops: [ops[before] ?? 0, ops[after] ?? 0],
          lines: [lines[before] ?? 0, lines[after] ?? 0],
        })
      }
    }
  }
}
