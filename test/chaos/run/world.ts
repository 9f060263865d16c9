import type { Target, TargetEdge } from '../../cluster/target.ts'
import { integer, oneOf, type Random } from '../../support/random.ts'
import { mintToken } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'
import type { Book } from '../book.ts'

export type WorldChannel = { readonly id: string; readonly members: readonly string[] }

const HTTP_LIMIT_MS = 10_000
const CREATE_LIMIT_MS = 30_000

/** How the channels are made: 1:1 alone, groups alone, or both. */
export const WORKLOADS = ['direct', 'groups', 'mixed'] as const
export type Workload = (typeof WORKLOADS)[number]
const GROUP_SIZES = [3, 20] as const

/** What all clients of a run share: the fabric's edges, the channels, and how far each channel is known to go. */
export class World {
  readonly book: Book
  readonly secret: string
  readonly edges: readonly TargetEdge[]
  readonly channels: WorldChannel[] = []
  readonly #heads = new Map<string, number>()
  /** While true, clients go on asking for new things; after it they only finish what they began. */
  busy = true

  constructor(target: Target, book: Book) {
    this.book = book
    this.secret = target.secret
    this.edges = target.edges
  }

  channelsOf(user: string): readonly WorldChannel[] {
    return this.channels.filter(({ members }) => members.includes(user))
  }

  /** A message is known to stand at this seq. */
  stands(channel: string, seq: number): void {
    if (seq > (this.#heads.get(channel) ?? 0)) this.#heads.set(channel, seq)
  }

  headOf(channel: string): number {
    return this.#heads.get(channel) ?? 0
  }

  token(user: string): string {
    return mintToken(this.secret, user)
  }

  /** One of the user's channels. The larger, the rarer: else nearly all of the work would be deliveries. */
  pick(user: string, random: Random): string {
    const mine = this.channelsOf(user)
    let left = random() * mine.reduce((sum, { members }) => sum + 1 / members.length ** 2, 0)
    for (const { id, members } of mine) {
      left -= 1 / members.length ** 2
      if (left <= 0) return id
    }
    return oneOf(random, mine).id
  }

  /** Every user talks to the next one and is in a few groups. */
  async makeChannels(users: readonly string[], workload: Workload, random: Random): Promise<void> {
    if (workload !== 'groups')
      for (const [index, user] of users.entries()) {
        const other = users[(index + 1) % users.length]
        if (other !== undefined && other !== user) await this.#make('direct', [user, other])
      }
    if (workload === 'direct') return
    for (let made = 0; made < users.length / 2; made++) {
      const size = Math.min(users.length, integer(random, ...GROUP_SIZES))
      const first = integer(random, 0, users.length - 1)
      await this.#make('group', [...users, ...users].slice(first, first + size))
    }
  }

  async get(user: string, path: string, random: Random): Promise<Response> {
    return fetch(`${oneOf(random, this.edges).url}${path}`, {
      headers: { authorization: `Bearer ${this.token(user)}` },
      signal: AbortSignal.timeout(HTTP_LIMIT_MS),
    })
  }

  async #make(kind: 'direct' | 'group', members: readonly string[]): Promise<void> {
    const [user = '', ...others] = members
    let id = ''
    const made = async () => {
      const answer = await fetch(`${this.edges[0]?.url}/v1/channels`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token(user)}` },
        body: JSON.stringify({ kind, members: others, ...(kind === 'group' ? { name: 'group' } : {}) }),
        signal: AbortSignal.timeout(HTTP_LIMIT_MS),
      })
      if (!answer.ok) return false
      const body = (await answer.json()) as { readonly channel: { readonly id: string } }
      id = body.channel.id
      return true
    }
    await until(made, 'a channel is made', { limitMs: CREATE_LIMIT_MS })
    this.channels.push({ id, members })
    this.book.write({ type: 'channel', channel: id, kind, members })
  }
}
