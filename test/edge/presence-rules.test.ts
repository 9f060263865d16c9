import { afterAll, beforeAll, expect, test } from 'vitest'
import { presenceConfig } from '../../services/presence/config.ts'
import { createPresence } from '../../services/presence/service.ts'
import { tellPresenceRules } from '../../services/sync/subjects/tell-presence.ts'
import { Post } from '../../shared/fabric/post.ts'
import { decodePresenceUpdate } from '../../shared/fabric/wire/presence.ts'
import { createLog, type Log } from '../../shared/log/log.ts'
import { registry } from '../../shared/metrics/metrics.ts'
import { trusted, type UserId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import { parseMetrics, total } from '../support/metrics.ts'
import { RawClient } from '../support/raw-client.ts'
import { until } from '../support/until.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench
let presence: Service

beforeAll(async () => {
  bench = await startEdgeBench()
  const { fabric, directory } = bench
  const config = presenceConfig({ WEFT_PRESENCE_WARM_UP_MS: '100' })
  presence = await createPresence({ config, fabric, directory, log: createLog('presence', 'silent') })
})
afterAll(async () => {
  await presence.drain()
  await bench.stop()
})

const hello = (user: string) => RawClient.hello(bench.ws, { token: token(user), device: 'pc' })
const timesAsked = async () =>
  total(parseMetrics(await registry.metrics()), 'weft_call_seconds_count', { call: 'presence.audience' })

test('without a store one is watched all the same, and changed rules are asked for again', async () => {
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  const answer = await bob.ask({ t: 'watch', users: ['ann', 'nobody'] })
  expect(answer).toMatchObject({
    t: 'ok',
    presence: [
      { user: 'ann', status: 'online' },
      { user: 'nobody', status: 'offline', last_seen: null },
    ],
  })
  const before = await timesAsked()
  const user = trusted<UserId>('ann')
  tellPresenceRules(bench, bench.directory.partitionOf('sync', user), [user])
  await until(async () => (await timesAsked()) > before, 'it was asked who may see ann')
  await bob.next((frame) => (frame['event'] as { kind?: string } | undefined)?.kind === 'presence')
  for (const client of [ann, bob]) client.close()
})

/** Loses what says that somebody's rules changed. */
class LosingPost extends Post {
  lost = 0

  override listen(subject: string, log: Log, handle: (bytes: Uint8Array) => void): () => void {
    const isPresence = subject.includes('presence')
    return super.listen(subject, log, (bytes) => {
      const isLost = isPresence && decodePresenceUpdate(bytes).rules.length > 0
      if (isLost) this.lost++
      else handle(bytes)
    })
  }
}

test('rules that changed are asked for again though the message that said so was lost', async () => {
  let post: LosingPost | undefined
  const edge = await bench.startEdge({}, (fabric) => {
    post = new LosingPost(fabric.nc)
    return { ...fabric, post }
  })
  const url = `${edge.url.replace('http', 'ws')}/v1/ws`
  const lea = await RawClient.hello(url, { token: token('lea'), device: 'pc' })
  expect(await lea.ask({ t: 'watch', users: ['max'] })).toMatchObject({ t: 'ok' })
  const before = await timesAsked()
  const user = trusted<UserId>('max')
  tellPresenceRules(bench, bench.directory.partitionOf('sync', user), [user])
  await until(() => post?.lost === 1, 'it was lost')
  await until(async () => (await timesAsked()) > before, 'it was asked who may see max')
  lea.close()
})

test('what is wrong in a frame is named', async () => {
  const eve = await hello('eve')
  const errors = await Promise.all(
    [
      { t: 'presence', status: 'offline' },
      { t: 'presence', status: 'online', text: 'x'.repeat(141) },
      { t: 'watch', users: 'ann' },
      { t: 'state', foreground: 1 },
    ].map((frame) => eve.ask(frame)),
  )
  expect(errors.map(({ code, message }) => `${String(code)} ${String(message).split(':')[0]}`)).toEqual([
    'bad_frame status',
    'bad_frame text',
    'bad_frame users',
    'bad_frame foreground',
  ])
  eve.close()
})

test('who changes their presence too often is told to wait', async () => {
  const eve = await hello('kim')
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      eve.ask({ t: 'presence', status: i % 2 === 0 ? 'busy' : 'online' }),
    ),
  )
  expect(answers.filter(({ t }) => t === 'ok').length).toBeLessThan(30)
  expect(answers.at(-1)).toMatchObject({ t: 'error', code: 'rate_limited', retry_after: expect.any(Number) })
  eve.close()
})
