import type { ChannelBoard } from './board.ts'
import { digest } from './digest.ts'
import type { Told } from './history.ts'
import type { Violations } from './violations.ts'

/** What the SDK told its apps, one life of a client after the other. */
export class SdkClients {
  readonly #violations: Violations
  /** By client and channel: the last message told. */
  readonly #lives = new Map<string, Map<string, { seq: number; line: number; user: string }>>()
  #standing: [client: string, last: Map<string, { seq: number; line: number; user: string }>][] = []

  constructor(violations: Violations) {
    this.#violations = violations
  }

  told(board: ChannelBoard, { client, user, seq, cid, from, text }: Told, line: number): void {
    board.tell({ seq, cid, from, text: digest(text) }, line, `${client}'s SDK`)
    let life = this.#lives.get(client)
    if (life === undefined) this.#lives.set(client, (life = new Map()))
    const last = life.get(board.id)
    const where = { channel: board.id, user, client, seq, lines: [last?.line ?? line, line] }
    if (last !== undefined && seq <= last.seq)
      this.#violations.add('repeat', `the SDK told ${seq} after ${last.seq}`, where)
    if (last !== undefined && seq > last.seq + 1)
      this.#violations.add('gap', `the SDK told ${seq} after ${last.seq}`, where)
    life.set(board.id, { seq: Math.max(seq, last?.seq ?? 0), line, user })
  }

  left(client: string): void {
    this.#lives.delete(client)
  }

  quiet(): void {
    this.#standing = [...this.#lives].map(([client, last]) => [client, new Map(last)])
  }

  get standing(): number {
    return this.#standing.length
  }

  end(headOf: (channel: string) => number): void {
    for (const [client, life] of this.#standing)
      for (const [channel, { seq, line, user }] of life)
        if (seq < headOf(channel))
          this.#violations.add('untold', `the SDK told ${seq} last; the channel ends at ${headOf(channel)}`, {
            channel,
            user,
            client,
            seq,
            lines: [line],
          })
  }
}
