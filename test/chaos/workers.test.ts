import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { settle, Talker, violations, wholeHistory } from '../support/conversation.ts'
import { startTestNats } from '../support/nats.ts'
import { freePort, startService, type WorkerProcess } from '../support/processes.ts'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
/** The issue of "resumed": everyone is acked again this soon after a kill -9 (ms). */
const RESUMED_MS = 5_000
const POLL_MS = 20
const PEOPLE = ['ann', 'bob', 'cid', 'dan']

test('two edges, two chat, two sync, one storage: each killed with -9 in turn while people talk', {
  timeout: 300_000,
}, async () => {
  const folder = await temporaryFolder('workers')
  const nats = await startTestNats()
  const ports = [await freePort(), await freePort()]
  const env = {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_LOG_PARTITIONS: '2',
    WEFT_SYNC_PARTITIONS: '2',
    WEFT_DATA: folder.path,
    WEFT_HOST: '127.0.0.1',
  }
  const start = {
    storage: () => startService('storage', nats, env),
    chat: () => startService('chat', nats, env),
    sync: () => startService('sync', nats, env),
    edge: (index: number) => startService('edge', nats, { ...env, WEFT_PORT: String(ports[index]) }),
  }
  const running = new Map<string, WorkerProcess>()
  const launch = async (key: string, make: () => Promise<WorkerProcess>) => running.set(key, await make())
  let finished = false
  try {
    await launch('storage', start.storage)
    await Promise.all([
      launch('chat 0', start.chat),
      launch('chat 1', start.chat),
      launch('sync 0', start.sync),
      launch('sync 1', start.sync),
      launch('edge 0', () => start.edge(0)),
      launch('edge 1', () => start.edge(1)),
    ])
    const bases = ports.map((port) => `http://127.0.0.1:${port}`)
    const base = bases[0] ?? ''
    const token = (name: string) => mintToken(SECRET, name)
    const channels = await Promise.all([
      createChannel(base, token('ann'), { kind: 'direct', members: ['bob'] }),
      createChannel(base, token('cid'), { kind: 'group', name: 'Two', members: ['dan'] }),
    ])
    const talkers = PEOPLE.map(
      (name, i) => new Talker(name, token(name), channels[Math.floor(i / 2)] ?? '', 4),
    )
    const talk = async (talker: Talker, index: number) => {
      for (let attempt = index; ; attempt++) {
        if (finished) return
        await talker
          .talk(`ws://127.0.0.1:${ports[attempt % 2]}/v1/ws`, `device-${index}`)
          .catch(() => wait(POLL_MS))
        if (finished && talker.isIdle) return
      }
    }
    const first = `ws://127.0.0.1:${ports[0]}/v1/ws`
    await Promise.all(talkers.map((talker, i) => talker.arrive(first, `device-${i}`)))
    const talking = talkers.map(talk)
    /** Until each has been acked, and has received a message newer than all that were acked when this began. */
    const everyoneGetsOn = async (limitMs: number): Promise<number> => {
      const before = talkers.map((talker) => talker.acked.length)
      const newest = [0, 1].map((pair) =>
        Math.max(0, ...talkers.slice(pair * 2, pair * 2 + 2).map(newestAcked)),
      )
      const began = performance.now()
      const getsOn = (talker: Talker, i: number) =>
        talker.acked.length > (before[i] ?? 0) &&
        (talker.events.at(-1)?.seq ?? 0) > (newest[Math.floor(i / 2)] ?? 0)
      while (!talkers.every(getsOn)) {
        if (performance.now() - began > limitMs) return Number.POSITIVE_INFINITY
        await wait(POLL_MS)
      }
      return performance.now() - began
    }
    await everyoneGetsOn(20_000)

    const resumed: Record<string, number> = {}
    for (const [key, make] of [
      ['edge 0', () => start.edge(0)],
      ['chat 0', start.chat],
      ['sync 0', start.sync],
      ['storage', start.storage],
      ['edge 1', () => start.edge(1)],
      ['chat 1', start.chat],
      ['sync 1', start.sync],
    ] as const) {
      await running.get(key)?.kill()
      resumed[key] = await everyoneGetsOn(20_000)
      await launch(key, make)
      if (key === 'storage') resumed[key] = await storeAnswers(base, token('ann'))
      await everyoneGetsOn(20_000)
    }
    // Take-over needs no store: every owner of the logs goes together with it, and talking goes on without it.
    for (const key of ['storage', 'chat 0', 'chat 1', 'sync 0', 'sync 1']) await running.get(key)?.kill()
    await Promise.all([launch('chat 0', start.chat), launch('sync 0', start.sync)])
    const withoutStore = await everyoneGetsOn(20_000)
    if (!Number.isFinite(withoutStore))
      throw new Error(`not without the store:\n${talkers.map(({ standing }) => standing).join('\n')}`)
    await launch('storage', start.storage)
    finished = true
    for (const talker of talkers) talker.finish()
    await Promise.all(talking)
    for (const [index, channel] of channels.entries()) {
      const pair = talkers.slice(index * 2, index * 2 + 2)
      const history = await settle(
        pair,
        (talker, i) => talker.talk(`ws://127.0.0.1:${ports[i]}/v1/ws`, `device-${index * 2 + i}`),
        () => wholeHistory(base, token(PEOPLE[index * 2] ?? ''), channel),
      )
      expect(violations(pair, history)).toEqual([])
      expect(history.length).toBeGreaterThan(20)
    }
    expect(Object.entries(resumed).filter(([, ms]) => ms > RESUMED_MS)).toEqual([])
  } catch (error) {
    const logs = [...running].map(([key, worker]) => `--- ${key}:\n${worker.lastLines()}`).join('\n')
    throw new Error(`${String(error)}\n${logs}`, { cause: error })
  } finally {
    finished = true
    await Promise.all([...running.values()].map((worker) => worker.kill()))
    await nats.stop()
    await folder.remove()
  }
})

/** Log-ins, lists and old history wait for the store: how long, from its worker's start (ms). */
async function storeAnswers(base: string, token: string): Promise<number> {
  const began = performance.now()
  const answers = async () => (await http(base, 'GET', '/v1/channels', { token })).status === 200
  await until(answers, 'the store answers')
  return performance.now() - began
}

const newestAcked = (talker: Talker): number => talker.acked.at(-1)?.seq ?? 0

async function createChannel(base: string, token: string, body: object): Promise<string> {
  const created = await http(base, 'POST', '/v1/channels', { token, body })
  if (created.status !== 201) throw new Error(`no channel: ${JSON.stringify(created)}`)
  return (created.body['channel'] as { id: string }).id
}
