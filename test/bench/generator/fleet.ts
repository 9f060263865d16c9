import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { mintToken } from '../../support/tokens.ts'
import type { Bench } from '../row.ts'
import { Client, quiet, type Traffic } from './client.ts'
import type { Address } from './connection.ts'
import { inParallel } from './in-parallel.ts'

/** Handshakes under way at once: a listening socket's backlog is bounded, and a full one costs a second. */
const CONNECTING_AT_ONCE = 256
/** For one client to be welcomed and synced (ms). */
const SYNCED_LIMIT_MS = 60_000
const REQUESTS_AT_ONCE = 16
const MEMBERS_A_CALL = 1_000
/** Of a call while the fabric is still busy with those before. */
const ATTEMPTS = 30
const RETRY_MS = 500

export type Target = { readonly address: Address; readonly secret: string }

/** Users with names of one length, so that all frames have the same size. */
export const userName = (index: number): string => `user-${String(index).padStart(6, '0')}`

export type Arrival = { readonly user: string; readonly cursor?: string }

type ArriveOptions = {
  /** Handshakes and catch-ups under way at once. */
  readonly atOnce?: number
  /** Of the first client; what is sent is told apart by it. */
  readonly firstIndex?: number
  /** Called when everything is prepared, before the first connection. */
  readonly onStart?: () => void
}

/** Connects all, and resolves once each is synced; they are cut at the run's end. @throws if one isn't. */
export async function arrive(
  bench: Pick<Bench, 'atEnd'>,
  { address, secret }: Target,
  arrivals: readonly Arrival[],
  { atOnce = CONNECTING_AT_ONCE, firstIndex = 0, onStart = () => {} }: ArriveOptions = {},
): Promise<Client[]> {
  // Tokens are made before: the generator's own work is no part of what is measured.
  const hellos = arrivals.map(({ user, cursor }) =>
    JSON.stringify({ t: 'hello', id: 1, token: mintToken(secret, user), device: 'bench', cursor }),
  )
  onStart()
  return inParallel(arrivals, atOnce, ({ user, cursor }, i) => {
    const client = new Client(firstIndex + i, user, address, hellos[i] ?? '', cursor)
    bench.atEnd(() => client.cut())
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
    client.traffic = { ...quiet, fault: (_client, what) => fail(what) }
    client.onSynced = () => {
      clearTimeout(timer)
      client.onSynced = null
      client.traffic = quiet
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
  readonly kind: 'direct' | 'group' | 'broadcast'
  /** The first is who makes it. */
  readonly users: readonly string[]
}

/** The channels' ids, in the order of the plans. */
export async function makeChannels(target: Target, plans: readonly ChannelPlan[]): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_AT_ONCE })
  try {
    return await inParallel(plans, REQUESTS_AT_ONCE, async ({ kind, users: [by = '', ...others] }) => {
      const name = kind !== 'direct' ? { name: 'Benchmark' } : {}
      const members = others.slice(0, MEMBERS_A_CALL)
      const answer = await post(target, agent, by, '/v1/channels', { kind, members, ...name })
      const { channel } = JSON.parse(answer) as { channel: { id: string } }
      for (let from = MEMBERS_A_CALL; from < others.length; from += MEMBERS_A_CALL) {
        const users = others.slice(from, from + MEMBERS_A_CALL)
        await post(target, agent, by, `/v1/channels/${channel.id}/members`, { users })
      }
      return channel.id
    })
  } finally {
    agent.destroy()
  }
}

type Answer = { readonly status: number; readonly text: string }

/** Tries again while it is told `unavailable`. @throws with any other refusal. */
async function post(target: Target, agent: Agent, user: string, path: string, body: object): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { status, text } = await postOnce(target, agent, user, path, body)
    if (status === 200 || status === 201) return text
    if (status !== 503 || attempt === ATTEMPTS) throw new Error(`POST ${path}: ${status} ${text}`)
    await pause(RETRY_MS)
  }
}

function postOnce(
  { address, secret }: Target,
  agent: Agent,
  user: string,
  path: string,
  body: object,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${mintToken(secret, user)}`, 'content-type': 'application/json' }
    const sent = request({ ...address, agent, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}
