import { Agent, request } from 'node:http'
import { mintToken } from '../../support/tokens.ts'
import type { Bench } from '../row.ts'
import { type Address, Client, type Traffic } from './client.ts'

/** Handshakes under way at once: a listening socket's backlog is bounded, and a full one costs a second. */
const CONNECTING_AT_ONCE = 256
/** For one client to be welcomed and synced (ms). */
const SYNCED_LIMIT_MS = 60_000
const REQUESTS_AT_ONCE = 16

export type Target = { readonly address: Address; readonly secret: string }

/** Users with names of one length, so that all frames have the same size. */
export const userName = (index: number): string => `user-${String(index).padStart(6, '0')}`

export type Arrival = { readonly user: string; readonly cursor?: string }

/** Connects all, and resolves once each is synced; they are cut at the run's end. @throws if one isn't. */
export async function arrive(
  bench: Pick<Bench, 'atEnd'>,
  { address, secret }: Target,
  arrivals: readonly Arrival[],
  atOnce = CONNECTING_AT_ONCE,
): Promise<Client[]> {
  // Tokens are made before: the generator's own work is no part of what is measured.
  const hellos = arrivals.map(({ user, cursor }) =>
    JSON.stringify({ t: 'hello', id: 1, token: mintToken(secret, user), device: 'bench', cursor }),
  )
  return inParallel(arrivals, atOnce, ({ user, cursor }, index) => {
    const client = new Client(index, user, address, hellos[index] ?? '')
    bench.atEnd(() => client.cut())
    if (cursor !== undefined) client.startAt(cursor)
    return synced(client)
  })
}

function synced(client: Client): Promise<Client> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('it was not synced in time'), SYNCED_LIMIT_MS)
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new Error(`client ${client.index} (${client.user}): ${why}`))
    }
    client.onClosed = fail
    client.onSynced = () => {
      clearTimeout(timer)
      client.onSynced = null
      client.onClosed = (why) => client.traffic.fault(client, why)
      resolve(client)
    }
  })
}

/** From now on these clients' frames mean something. */
export function employ(clients: readonly Client[], traffic: Traffic): void {
  for (const client of clients) client.traffic = traffic
}

export type ChannelPlan = {
  readonly kind: 'direct' | 'group'
  /** The first is who makes it. */
  readonly users: readonly string[]
}

/** The channels' ids, in the order of the plans. */
export async function makeChannels(target: Target, plans: readonly ChannelPlan[]): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_AT_ONCE })
  try {
    return await inParallel(plans, REQUESTS_AT_ONCE, async ({ kind, users: [by = '', ...members] }) => {
      const name = kind === 'group' ? { name: 'Benchmark' } : {}
      const answer = await post(target, agent, by, '/v1/channels', { kind, members, ...name })
      const { channel } = JSON.parse(answer) as { channel: { id: string } }
      return channel.id
    })
  } finally {
    agent.destroy()
  }
}

function post(
  { address, secret }: Target,
  agent: Agent,
  user: string,
  path: string,
  body: object,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${mintToken(secret, user)}`, 'content-type': 'application/json' }
    const sent = request({ ...address, agent, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const status = response.statusCode ?? 0
        if (status === 200 || status === 201) resolve(text)
        else reject(new Error(`POST ${path}: ${status} ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

/** The results in the order of the items; at most `atOnce` are under way. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  // The workers share one iterator: each takes the next that nobody has taken.
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
