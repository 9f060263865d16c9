import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { clientOf, live, until } from '../test/helpers.ts'
import { type Faults, ModelServer, NO_FAULTS } from '../test/model-server.ts'
import type { WeftClient } from './client.ts'
import type { MessageEvent } from './events.ts'
import { Feed } from './feed.ts'
import { MemoryStore } from './store/memory.ts'
import type { TransportName } from './transport/transport.ts'
import type { Ack } from './types.ts'

/** Of the event loop, until what was written to a socket here has been read there. */
const TURNS = 3
const CHANNELS = ['a', 'b'] as const
type Step =
  | { do: 'append'; channel: 'a' | 'b'; mine: boolean }
  | { do: 'send'; channel: 'a' | 'b' }
  | { do: 'down' | 'up' | 'cut' | 'reload' | 'breathe' | 'epoch' | 'expire' }

const channel = fc.constantFrom(...CHANNELS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), channel, mine: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), channel }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('down' as const, 'up', 'cut', 'reload', 'breathe', 'breathe'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('epoch' as const, 'expire') }) },
)
const schedule = fc.record({
  transport: fc.constantFrom('websocket' as const, 'sse', 'poll'),
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  /** Drawn from in turn wherever something could go wrong. */
  luck: fc.array(fc.nat(99), { minLength: 1, maxLength: 200 }),
})

function faultsOf(luck: readonly number[]): Faults {
  let drawn = 0
  const draw = () => luck[drawn++ % luck.length] ?? 0
  return {
    event: () => (draw() < 8 ? 'drop' : draw() < 8 ? 'twice' : 'ok'),
    ack: () => (draw() < 6 ? 'lose' : draw() < 6 ? 'cut' : 'ok'),
    refuse: () =>
      draw() < 8 ? { code: draw() < 50 ? 'unavailable' : 'rate_limited', retry_after: 0.001 } : undefined,
    http: () => (draw() < 5 ? { status: 503, code: 'unavailable' } : undefined),
  }
}

/** What an app does: keeps what it is told, and after a reset fetches again what it has on screen. */
class Reader {
  readonly held = new Map<string, MessageEvent>()
  readonly told: string[] = []

  follow(client: WeftClient): void {
    client.on('message', (message) => {
      this.told.push(`${message.channel}/${message.seq}`)
      this.held.set(`${message.channel}/${message.seq}`, message)
    })
  }

  of(name: string): MessageEvent[] {
    return [...this.held.values()].filter((held) => held.channel === name).sort((a, b) => a.seq - b.seq)
  }
}

const servers: ModelServer[] = []
const running: WeftClient[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((client) => client.stop()))
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function play({ transport, steps, luck }: { transport: TransportName; steps: Step[]; luck: number[] }) {
  const server = await ModelServer.start()
  servers.push(server)
  for (const name of CHANNELS) server.addChannel(name, ['ada', 'bob'])
  const store = new MemoryStore()
  const reader = new Reader()
  const resets: string[] = []
  const acks: Promise<Ack>[] = []
  const sent: Record<string, string[]> = { a: [], b: [] }
  const open = async () => {
    const limits = { requestTimeoutMs: 60, inFlightPerChannel: 3 }
    const client = clientOf(server, 'ada', { store, transports: [transport], limits })
    running.push(client)
    reader.follow(client)
    client.on('reset', ({ reason }) => resets.push(reason))
    // 503s of the snapshot are retried; the app hears of nothing else.
    client.on('problem', (problem) => expect(problem).toMatchObject({ code: 'unavailable' }))
    await client.start()
    return client
  }
  let client = await open()
  // What was said before the first connection is history, not events.
  await live(client)
  server.faults = faultsOf(luck)
  let reloads = 0
  for (const [index, { do: what, ...where }] of steps.entries()) {
    const name = 'channel' in where ? where.channel : 'a'
    if (what === 'append')
      server.append(name, 'mine' in where && where.mine ? 'ada' : 'bob', `other ${index}`)
    else if (what === 'send') {
      sent[name]?.push(`own ${index}`)
      acks.push(client.send(name, `own ${index}`).acked)
    } else if (what === 'down') server.down = true
    else if (what === 'up') server.down = false
    else if (what === 'cut') server.cut()
    else if (what === 'epoch') server.newEpoch('ada')
    else if (what === 'expire') server.expire('ada')
    else if (what === 'breathe') await new Promise((resolve) => setImmediate(resolve))
    else if (what === 'reload') {
      reloads += 1
      await client.stop()
      running.pop()
      // A page takes longer to load than the last request of the one before to arrive: here both are one process, and the
      // server might read the newer one first.
      for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
      client = await open()
    }
  }
  server.down = false
  server.faults = NO_FAULTS
  // A lost last event shows at the next one, as a beat of the server's would show it.
  server.append('a', 'bob', 'the end')
  const heads = () =>
    CHANNELS.every((name) => client.channels.get(name)?.head === server.channels.get(name)?.messages.length)
  const settled = () => client.state.status === 'live' && client.outbox.list.length === 0 && heads()
  await until(client, settled, 'the end of it', 8_000)
  return { server, client, reader, resets, acks, sent, reloads }
}

describe('whatever happens', () => {
  it('every send is kept once and in order, and everything kept is told once', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (given) => {
        const { server, client, reader, resets, acks, sent, reloads } = await play(given)
        for (const name of CHANNELS) {
          const truth = server.channels.get(name)?.messages ?? []
          const own = truth.map(({ body }) => String(body)).filter((body) => body.startsWith('own'))
          expect(own).toEqual(sent[name])
          // After a reset the app is told to fetch again; without one, nothing at all may be missing.
          if (resets.length > 0) {
            for (let after = 0; ; ) {
              const { items } = await client.history(name, { after, limit: 20 })
              for (const item of items) reader.held.set(`${name}/${item.seq}`, { ...item, kind: 'message' })
              if (items.length === 0) break
              after = items.at(-1)?.seq ?? after
            }
          }
          const held = reader.of(name)
          if (
            resets.length > 0 ||
            !given.steps.some(({ do: what }) => what === 'epoch' || what === 'expire')
          ) {
            expect(held.map(({ seq, body }) => [seq, body])).toEqual(
              truth.map(({ seq, body }) => [seq, body]),
            )
          }
          const lastMine = Math.max(0, ...truth.filter(({ from }) => from === 'ada').map(({ seq }) => seq))
          const unread = truth.filter(({ seq, from }) => from !== 'ada' && seq > lastMine).length
          expect(client.channels.get(name)).toMatchObject({ head: truth.length, unread })
        }
        // Within one run nothing is told twice; a reload may tell again what its store had not taken in yet.
        if (reloads === 0 && resets.length === 0) expect(new Set(reader.told).size).toBe(reader.told.length)
        const ends = await Promise.all(
          acks.map((acked) =>
            Promise.race([acked, new Promise((resolve) => setImmediate(() => resolve(undefined)))]),
          ),
        )
        // The promises of a page that was left are nobody's; those of the last one are all kept.
        if (reloads === 0) expect(ends.every((end) => end !== undefined)).toBe(true)
        await client.stop()
        running.length = 0
        await server.stop()
        servers.length = 0
      }),
      { numRuns: 150, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    )
  }, 40_000)
})

describe('the feed, by itself', () => {
  const wire = fc.array(fc.oneof(fc.constant('ok'), fc.constantFrom('drop', 'twice', 'old')), {
    maxLength: 80,
  })

  it('delivers each event once and in order, whatever is dropped, doubled or repeated', () => {
    fc.assert(
      fc.property(wire, (faults) => {
        const queue = faults.map((_, index) => ({ cursor: `e:${index + 1}`, prev: `e:${index}` }))
        const got: string[] = []
        const asked: string[] = []
        const feed = new Feed(
          {
            deliver: (_, cursor) => got.push(cursor ?? ''),
            sync: (cursor) => asked.push(cursor),
            snapshot: () => expect.unreachable('nothing here is beyond a sync'),
            caughtUp: () => {},
            behind: () => {},
          },
          3,
        )
        feed.restore('e:0')
        feed.begin('e:0')
        feed.synced('e:0')
        const replay = (from: string, upTo: number) => {
          for (const held of queue.slice(Number(from.slice(2)), upTo)) feed.event(held, {})
          feed.synced(`e:${upTo}`)
        }
        for (const [index, fault] of faults.entries()) {
          const frame = queue[index]
          if (frame && fault !== 'drop') feed.event(frame, {})
          if (frame && fault === 'twice') feed.event(frame, {})
          const old = queue[index >> 1]
          if (old && fault === 'old') feed.event(old, {})
          for (const cursor of asked.splice(0)) replay(cursor, index + 1)
        }
        // The next connection brings the rest.
        feed.begin(`e:${queue.length}`)
        replay(feed.last ?? '', queue.length)
        expect(got).toEqual(queue.map(({ cursor }) => cursor))
      }),
      { numRuns: 300 },
    )
  })
})
