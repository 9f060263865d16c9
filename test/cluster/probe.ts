import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import type { TargetEdge } from './target.ts'

const LOOK_MS = 100
/** So many channels a partition, so that very probably each partition has one. */
const CHANNELS_A_PARTITION = 4

/** Sends as a client would, over every edge and into about every partition: the proof that a target accepts again. */
export class Probe {
  readonly #secret: string
  readonly #edges: readonly TargetEdge[]
  readonly #count: number
  #channels: { readonly user: string; readonly channel: string }[] = []

  constructor(secret: string, edges: readonly TargetEdge[], partitions: number) {
    this.#secret = secret
    this.#edges = edges
    this.#count = partitions === 1 ? 1 : partitions * CHANNELS_A_PARTITION
  }

  /** Null if each edge acked a send into each channel, else what went wrong first. */
  async missing(): Promise<string | null> {
    for (const edge of this.#edges) {
      try {
        for (let made = this.#channels.length; made < this.#count; made++)
          this.#channels.push(await this.#create(edge, made))
        const answers = await Promise.all(this.#channels.map((one) => this.#send(edge, one)))
        const refused = answers.find((answer) => answer !== null)
        if (refused !== undefined && refused !== null) return `${edge.name} answered a send: ${refused}`
      } catch (error) {
        return `${edge.name} takes no send: ${error instanceof Error ? error.message : String(error)}`
      }
    }
    return null
  }

  async #create(edge: TargetEdge, index: number) {
    const user = `weft-probe-${index}`
    const answer = await http(edge.url, 'POST', '/v1/channels', {
      token: mintToken(this.#secret, user),
      body: { kind: 'direct', members: [`weft-probed-${index}`] },
    })
    const { channel } = answer.body
    if (typeof channel !== 'object' || channel === null || !('id' in channel))
      throw new Error(`no channel: ${JSON.stringify(answer)}`)
    return { user, channel: String(channel.id) }
  }

  async #send(
    edge: TargetEdge,
    { user, channel }: { user: string; channel: string },
  ): Promise<string | null> {
    const token = mintToken(this.#secret, user)
    const client = await RawClient.hello(edge.ws, { token, device: `probe-${edge.name}` })
    try {
      const answer = await client.ask({ t: 'send', channel, cid: randomUUID(), body: { text: 'probe' } })
      return answer.t === 'ack' ? null : JSON.stringify(answer)
    } finally {
      client.cut()
    }
  }
}

/** Asks until nothing is missing. @throws after the limit, with what was. */
export async function untilWhole(missing: () => Promise<string | null>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  for (;;) {
    const why = await missing()
    if (why === null) return
    if (performance.now() > end) throw new Error(`not whole within ${limitMs} ms: ${why}`)
    await wait(LOOK_MS)
  }
}
