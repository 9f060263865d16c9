import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, live, until } from '../../test/helpers.ts'
import { ModelServer } from '../../test/model-server.ts'
import { Spoiler, type WsMode } from '../../test/spoiler.ts'
import type { WeftClient } from '../client.ts'
import type { MessageEvent } from '../events.ts'
import type { Limits, WeftOptions } from '../options.ts'
import { MemoryStore } from '../store/memory.ts'
import type { TransportName } from './transport.ts'

/** A transport after the other, with a proxy between that spoils them. */

let server: ModelServer
let spoiler: Spoiler
const clients: WeftClient[] = []
beforeEach(async () => {
  server = await ModelServer.start()
  server.heartbeatS = 0.2
  server.addChannel('a', ['ada', 'bob'])
  spoiler = await Spoiler.start(server.url)
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()))
  await spoiler.stop()
  await server.stop()
})

/** Never by itself, where a test doesn't ask for it. */
const NEVER_MS = 1e9
const LIMITS: Partial<Limits> = {
  fallbackTimeoutMs: 1_000,
  backoffBaseMs: 2,
  climbMs: NEVER_MS,
  climbMaxMs: NEVER_MS,
  requestTimeoutMs: 1_000,
}

async function connect(options: Partial<WeftOptions> = {}) {
  const { limits, ...rest } = options
  const client = clientOf(server, 'ada', {
    url: spoiler.url,
    ...rest,
    limits: { ...LIMITS, ...limits },
  })
  clients.push(client)
  const told: MessageEvent[] = []
  const resets: string[] = []
  const problems: unknown[] = []
  client.on('message', (event) => told.push(event))
  client.on('reset', ({ reason }) => resets.push(reason))
  client.on('problem', (problem) => problems.push(problem))
  await client.start()
  await live(client)
  return { client, told, resets, problems }
}

const over = (client: WeftClient): TransportName | undefined =>
  client.state.status === 'live' ? client.state.transport : undefined
const isOver = (client: WeftClient, name: TransportName) =>
  until(client, () => over(client) === name, `live over ${name}`)

/** Both say something, again and again, while `during` goes on; then everything is looked at. */
async function conversation(person: Awaited<ReturnType<typeof connect>>, during: () => Promise<void>) {
  const { client, told, resets } = person
  const from = told.length
  const said: string[] = []
  const acks: Promise<{ seq: number; duplicate: boolean }>[] = []
  const talk = setInterval(() => {
    const text = `own ${acks.length}`
    said.push(text)
    acks.push(client.send('a', text).acked)
    server.append('a', 'bob', `other ${acks.length}`)
  }, 10)
  try {
    await during()
  } finally {
    clearInterval(talk)
  }
  await Promise.all(acks)
  server.append('a', 'bob', 'the end')
  await until(client, () => told.at(-1)?.body === 'the end', 'the last message')
  const truth = server.channels.get('a')?.messages.slice(from) ?? []
  expect(told.slice(from).map(({ seq, body }) => [seq, body])).toEqual(
    truth.map(({ seq, body }) => [seq, body]),
  )
  expect(truth.map(({ body }) => String(body)).filter((body) => body.startsWith('own'))).toEqual(said)
  expect(resets).toEqual([])
  expect(client.outbox.list).toEqual([])
}

describe.each(['websocket', 'sse', 'poll'] as const)('over %s alone', (name) => {
  it('a conversation is whole, and a lost connection leaves no gap', async () => {
    const person = await connect({ transports: [name] })
    expect(over(person.client)).toBe(name)
    await conversation(person, async () => {
      for (let cuts = 0; cuts < 3; cuts++) {
        await until(person.client, () => person.client.state.status === 'live' && person.told.length > 5)
        server.cut()
        await until(person.client, () => person.client.state.status !== 'live', 'the cut')
        await live(person.client)
      }
    })
    expect(person.problems).toEqual([])
  })

  it('a token that ran out is refreshed, and a replaced session ends', async () => {
    const { client } = await connect({ transports: [name] })
    server.cut(4401)
    await until(client, () => server.hellos.length === 2 && over(client) === name, 'a new session')
    server.cut(4409)
    await until(client, () => client.state.status === 'stopped', 'the end')
    expect(client.state).toMatchObject({ reason: 'replaced' })
  })
})

describe('a proxy that breaks WebSockets, then buffers event streams', () => {
  const spoils: [string, WsMode][] = [
    ['refuses the upgrade', 'refuse'],
    ['cuts them after some bytes', { afterBytes: 2_000 }],
    ['cuts them after some time', { afterMs: 60 }],
    ['swallows what they carry', 'black-hole'],
  ]
  it.each(spoils)('%s: one cursor, no gap, nothing twice', async (_, mode) => {
    const person = await connect()
    const { client } = person
    expect(over(client)).toBe('websocket')
    await conversation(person, async () => {
      spoiler.ws = mode
      // Those that are open already break too; a black hole is noticed by the silence.
      if (mode !== 'black-hole') spoiler.cut()
      await isOver(client, 'sse')
      spoiler.sse = 'buffer'
      await isOver(client, 'poll')
    })
    expect(server.hellos.filter(({ cursor }) => cursor === undefined).length).toBe(1)
  })
})

describe('the way that works', () => {
  it('is remembered by the store, for this server', async () => {
    const store = new MemoryStore()
    spoiler.ws = 'refuse'
    const first = await connect({ store })
    expect(over(first.client)).toBe('sse')
    await first.client.stop()
    const asked = spoiler.asked.ws
    const second = await connect({ store })
    expect(over(second.client)).toBe('sse')
    expect(spoiler.asked.ws).toBe(asked)
    const elsewhere = await connect({ store, url: server.url })
    expect(over(elsewhere.client)).toBe('websocket')
  })

  it('is left for a better one once that gets through', async () => {
    spoiler.ws = 'refuse'
    const person = await connect({ limits: { climbMs: 40, climbMaxMs: 80 } })
    await conversation(person, async () => {
      expect(over(person.client)).toBe('sse')
      const asked = spoiler.asked.ws
      await until(person.client, () => spoiler.asked.ws >= asked + 2, 'two more attempts')
      // Asking leaves the session as it is.
      expect(server.hellos.length).toBe(1)
      spoiler.ws = 'pass'
      await isOver(person.client, 'websocket')
    })
  })

  it('from polling it climbs to a stream where WebSockets stay broken', async () => {
    spoiler.ws = 'refuse'
    spoiler.sse = 'buffer'
    const person = await connect({ limits: { climbMs: 100, climbMaxMs: 200 } })
    await conversation(person, async () => {
      expect(over(person.client)).toBe('poll')
      await until(person.client, () => spoiler.asked.events >= 2, 'a stream is tried again')
      await isOver(person.client, 'poll')
      spoiler.sse = 'pass'
      await isOver(person.client, 'sse')
    })
  })

  it('is looked for again when the server was away altogether', async () => {
    const person = await connect()
    await conversation(person, async () => {
      server.down = true
      server.cut()
      await until(person.client, () => person.client.state.status === 'offline', 'offline')
      await until(person.client, () => spoiler.asked.poll > 0, 'all ways are tried')
      server.down = false
      await live(person.client)
    })
  })
})
