import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestNats, type TestNats } from '../support/nats.ts'
import { freePort, startService, type WorkerProcess } from '../support/processes.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const READ_MEMBERS = 5
/** As a client waits that is told `unavailable` (ms). */
const RETRY_MS = 30
const TOKENS = new Map<string, string>()
const token = (user: string) => {
  const known = TOKENS.get(user) ?? mintToken(SECRET, user)
  TOKENS.set(user, known)
  return known
}

let nats: TestNats
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let ports: number[]
const running = new Map<string, WorkerProcess>()
const launch = async (key: string, service: Parameters<typeof startService>[0], env = {}) => {
  const base = {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_DATA: folder.path,
    WEFT_HOST: '127.0.0.1',
    WEFT_FANOUT_READ_MEMBERS: String(READ_MEMBERS),
    // Of messages and of live records, less than the tests write: the rest comes from the store.
    WEFT_CHAT_TAIL_BYTES: String(1024 * 1024),
    WEFT_LIMITS: 'off',
  }
  running.set(key, await startService(service, nats, { ...base, ...env }))
}
const url = (edge: number) => `http://127.0.0.1:${ports[edge]}`

beforeAll(async () => {
  folder = await temporaryFolder('fan-out')
  nats = await startTestNats()
  ports = [await freePort(), await freePort()]
  await launch('storage', 'storage')
  await Promise.all([launch('chat', 'chat'), launch('sync', 'sync')])
  await Promise.all(ports.map((port, i) => launch(`edge ${i}`, 'edge', { WEFT_PORT: String(port) })))
}, 60_000)
afterAll(async () => {
  await Promise.all([...running.values()].map((worker) => worker.kill()))
  await nats.stop()
  await folder.remove()
})

const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>
const connect = (user: string, edge: number, cursor?: string) =>
  RawClient.hello(`ws://127.0.0.1:${ports[edge]}/v1/ws`, {
    token: token(user),
    device: 'pc',
    ...(cursor === undefined ? {} : { cursor }),
  })

/** A member who keeps all that is told them, over several connections. */
class Person {
  readonly user: string
  readonly channel: string
  readonly frames: Frame[] = []
  client: RawClient | null = null

  constructor(user: string, channel: string) {
    this.user = user
    this.channel = channel
  }

  async arrive(edge: number): Promise<void> {
    const cursor = this.frames.map((frame) => frame['cursor']).findLast((at) => typeof at === 'string')
    this.client = await connect(this.user, edge, cursor)
  }

  async open(): Promise<void> {
    const rev = this.live().at(-1)?.['rev']
    const place = rev === undefined ? { after: 0 } : { after_rev: rev }
    const answer = await this.client?.ask({ t: 'open', channel: this.channel, ...place })
    expect(answer).toMatchObject({ t: 'ok' })
  }

  /** What came goes to what is kept; the connection is over or goes on. */
  take(): this {
    this.frames.push(...(this.client?.frames.splice(0) ?? []))
    return this
  }

  live(): Frame[] {
    return this.#events(false).filter((frame) => frame['rev'] !== undefined)
  }

  queued(): Frame[] {
    return this.#events(true)
  }

  /** The newest message of either way, without taking anything. */
  hears(seq: number, isLive: boolean): boolean {
    const all = [...this.frames, ...(this.client?.frames ?? [])]
    return all.some(
      (frame) =>
        frame.t === 'event' &&
        (frame['cursor'] === undefined) === isLive &&
        eventOf(frame)['kind'] === 'message' &&
        eventOf(frame)['seq'] === seq,
    )
  }

  #events(isQueued: boolean): Frame[] {
    return [...this.frames, ...(this.client?.frames ?? [])].filter(
      (frame) =>
        frame.t === 'event' &&
        (frame['cursor'] !== undefined) === isQueued &&
        eventOf(frame)['channel'] === this.channel,
    )
  }
}

const seqsOf = (frames: readonly Frame[]) =>
  frames.filter((frame) => eventOf(frame)['kind'] === 'message').map((frame) => Number(eventOf(frame)['seq']))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Sends until it is acked: what is refused for a moment goes again with its cid. */
async function said(client: RawClient, message: object): Promise<number> {
  for (;;) {
    const answer = await client.ask({ t: 'send', ...message })
    if (answer.t === 'ack') return Number(answer['seq'])
    expect(answer).toMatchObject({ code: 'unavailable' })
    await new Promise((retry) => setTimeout(retry, RETRY_MS))
  }
}

/** Writes until it is told to stop, several at a time; a send without an ack is sent again with its cid. */
function writing(client: RawClient, channel: string) {
  const state = { isOver: false }
  let seq = 0
  let cid = 0
  const lane = async () => {
    while (!state.isOver) {
      const id = `${channel.slice(-8)}-${++cid}`
      seq = Math.max(seq, await said(client, { channel, cid: id, body: `message ${id}` }))
    }
  }
  const lanes = Promise.all([lane(), lane(), lane(), lane()])
  return {
    seq: () => seq,
    more: async (count: number) => {
      const goal = seq + count
      await until(() => seq >= goal, `${count} more messages are acked`)
    },
    stop: async () => {
      state.isOver = true
      await lanes
      return seq
    },
  }
}

async function channelOf(owner: string, members: string[], kind = 'group'): Promise<string> {
  const { status, body } = await http(url(0), 'POST', '/v1/channels', {
    token: token(owner),
    body: { kind, name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}

async function history(user: string, channel: string): Promise<number[]> {
  const seqs: number[] = []
  for (let after = 0; ; after = seqs.at(-1) ?? 0) {
    const { body } = await http(url(1), 'GET', `/v1/channels/${channel}/messages?after=${after}&limit=200`, {
      token: token(user),
    })
    const page = (body['items'] as { seq: number }[]).map(({ seq }) => seq)
    if (page.length === 0) return seqs
    seqs.push(...page)
  }
}

test('a group changes over and back under load: nothing lost, nothing doubled, whoever has it open or not', async () => {
  const members = ['m1', 'm2', 'm3', 'm4']
  const channel = await channelOf('ann', members)
  const people = members.map((user) => new Person(user, channel))
  for (const person of people) await person.arrive(0)
  const [m1, m2, m3] = people
  await m1?.open()
  await m2?.open()
  const ann = await connect('ann', 1)
  const writer = writing(ann, channel)
  const put = (user: string) =>
    http(url(0), 'PUT', `/v1/channels/${channel}/members/${user}`, { token: token('ann'), body: {} })
  const remove = (user: string) =>
    http(url(0), 'DELETE', `/v1/channels/${channel}/members/${user}`, { token: token('ann') })
  const shape = async () =>
    (await http(url(1), 'GET', `/v1/channels/${channel}`, { token: token('m1') })).body['channel']
  await writer.more(60)
  for (let round = 0; round < 3; round++) {
    await put('m5')
    expect(await shape()).toMatchObject({ fanout: 'read', members: 6 })
    await writer.more(80)
    await remove('m5')
    expect(await shape()).toMatchObject({ fanout: 'read', members: 5 })
    await remove('m4')
    expect(await shape()).toMatchObject({ fanout: 'queue', members: 4 })
    await writer.more(80)
    await put('m4')
  }
  const last = await writer.stop()
  for (const person of [m1, m2, m3])
    await until(
      () => person?.hears(last, true) || person?.hears(last, false) || false,
      'the last message came',
    )
  await until(() => m1?.hears(last, true) ?? false, 'it came live too')
  await until(() => m2?.hears(last, true) ?? false, 'it came live too')
  // Back in queues at the end: the queue has it too.
  await until(() => [m1, m2, m3].every((person) => person?.hears(last, false)), 'it came by the queue')

  expect(await history('m1', channel)).toEqual(range(1, last))
  for (const person of [m1, m2]) {
    expect(seqsOf(person?.take().live() ?? [])).toEqual(range(1, last))
    const revs = person?.live().map((frame) => Number(frame['rev'])) ?? []
    expect(revs).toEqual(range(revs[0] ?? 0, revs.at(-1) ?? -1))
  }
  for (const person of [m1, m2, m3]) {
    // Between the records that say so, messages are in no queue; elsewhere each is there once.
    const queued = person?.take().queued() ?? []
    const expected: number[] = []
    let from: number | null = 1
    let changes = 0
    for (const event of queued.map(eventOf)) {
      if (event['kind'] !== 'channel' || event['change'] !== 'changed') continue
      const head = Number(event['head'])
      changes++
      if (event['fanout'] === 'read' && from !== null) {
        expected.push(...range(from, head))
        from = null
      } else if (event['fanout'] === 'queue') from = head + 1
    }
    if (from !== null) expected.push(...range(from, last))
    expect(changes).toBe(6)
    expect(seqsOf(queued)).toEqual(expected)
    expect(expected.length).toBeLessThan(last)
  }
  for (const client of [ann, ...people.map(({ client: own }) => own)]) client?.close()
}, 90_000)

test('kill -9 of chat and of an edge while a channel is open: its records have no gap by rev', async () => {
  const channel = await channelOf('bea', ['n1', 'n2'], 'broadcast')
  const [n1, n2] = [new Person('n1', channel), new Person('n2', channel)]
  await n1.arrive(0)
  await n2.arrive(1)
  await Promise.all([n1.open(), n2.open()])
  const bea = await connect('bea', 1)
  const writer = writing(bea, channel)
  await writer.more(50)

  await running.get('chat')?.kill()
  await launch('chat', 'chat')
  await writer.more(100)
  await until(
    () => n1.hears(writer.seq() - 50, true) && n2.hears(writer.seq() - 50, true),
    'records come again',
  )

  const gone = n1.client?.closed
  await running.get('edge 0')?.kill()
  await gone
  n1.take()
  await writer.more(50)
  await n1.arrive(1)
  await n1.open()
  await writer.more(50)
  const last = await writer.stop()
  await until(() => n1.hears(last, true) && n2.hears(last, true), 'the last message came')
  for (const person of [n1, n2]) {
    expect(seqsOf(person.take().live())).toEqual(range(1, last))
    const revs = person.live().map((frame) => Number(frame['rev']))
    expect(revs).toEqual(range(revs[0] ?? 0, revs.at(-1) ?? -1))
    expect(seqsOf(person.queued())).toEqual([])
  }
  for (const client of [bea, n1.client, n2.client]) client?.close()
  await launch('edge 0', 'edge', { WEFT_PORT: String(ports[0]) })
}, 90_000)

test('what was missed comes from the owner’s memory and before that from the store, while others write', async () => {
  const channel = await channelOf('cat', ['o1', 'o2', 'o3'], 'broadcast')
  const cat = await connect('cat', 1)
  const body = 'x'.repeat(12_000)
  const count = 200
  for (let from = 0; from < count; from += 20)
    await Promise.all(range(from + 1, from + 20).map((n) => said(cat, { channel, cid: `big-${n}`, body })))
  const writer = writing(cat, channel)
  await writer.more(20)
  const people = [new Person('o1', channel), new Person('o2', channel), new Person('o3', channel)]
  const places = [{ after: 0 }, { after: 150 }, { after_rev: 101 }]
  const firsts = [1, 151, 101]
  for (const [i, person] of people.entries()) {
    await person.arrive(i % 2)
    const answer = await person.client?.ask({ t: 'open', channel, ...places[i] })
    expect(answer).toMatchObject({ t: 'ok' })
  }
  await writer.more(50)
  const last = await writer.stop()
  await until(() => people.every((person) => person.hears(last, true)), 'the last message came')
  // Record 1 made the channel: message n is record n + 1.
  for (const [i, person] of people.entries()) {
    const all = person.take().frames.filter((frame) => frame.t === 'event' && frame['cursor'] === undefined)
    expect(seqsOf(all)).toEqual(range(firsts[i] ?? 0, last))
  }
  for (const client of [cat, ...people.map(({ client: own }) => own)]) client?.close()
}, 90_000)
