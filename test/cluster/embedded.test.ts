import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { processesOf } from '../support/npm-start.ts'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type Embedded, startEmbedded } from './embedded.ts'

const LIMIT_MS = 60_000

async function started(options: Parameters<typeof startEmbedded>[0] = {}): Promise<Embedded> {
  const weft = await startEmbedded(options)
  onTestFinished(() => weft.stop(), LIMIT_MS)
  return weft
}

function fault(weft: Embedded, name: string) {
  const found = weft.faults.find((one) => one.name === name)
  if (found === undefined)
    throw new Error(`no fault ${name}; there are ${weft.faults.map((one) => one.name).join(', ')}`)
  return found
}

async function talker(weft: Embedded) {
  const [edge] = weft.edges
  if (edge === undefined) throw new Error('there is no edge')
  const token = mintToken(weft.secret, 'ann')
  const created = await http(edge.url, 'POST', '/v1/channels', {
    token,
    body: { kind: 'direct', members: ['bob'] },
  })
  const { channel } = created.body
  if (typeof channel !== 'object' || channel === null || !('id' in channel))
    throw new Error(`no channel: ${JSON.stringify(created)}`)
  const { id } = channel
  const client = await RawClient.hello(edge.ws, { token, device: 'pc' })
  onTestFinished(() => client.cut())
  return () => client.ask({ t: 'send', channel: id, cid: randomUUID(), body: { text: 'hello' } })
}

test('a disk without any room left: sends are refused, and accepted again by themselves once there is room', async () => {
  const weft = await started({ network: 'plain' })
  const send = await talker(weft)
  expect(await send()).toMatchObject({ t: 'ack' })
  const begun = await fault(weft, 'disk-full').begin(() => 0)
  await until(async () => (await send())['code'] === 'unavailable', 'sends are refused')
  await begun.heal()
  await weft.whole(LIMIT_MS)
  expect(weft.process.unasked, 'Weft itself was not started again').toBe(0)
})

test('links that are slow, lossy or cut: what was said arrives once they are whole', async () => {
  const weft = await started({ network: 'proxies' })
  const send = await talker(weft)
  for (const name of ['delay', 'loss']) {
    const begun = await fault(weft, name).begin(() => 0)
    expect(await send()).toMatchObject({ t: 'ack' })
    await begun.heal()
  }
  const begun = await fault(weft, 'partition-clients').begin(() => 0)
  let isAnswered = false
  const answer = send().then((frame) => {
    isAnswered = true
    return frame
  })
  const [edge] = weft.edges
  await expect(fetch(`${edge?.url}/v1/channels`, { signal: AbortSignal.timeout(500) })).rejects.toThrow(
    /timeout/,
  )
  expect(isAnswered).toBe(false)
  await begun.heal()
  expect(await answer).toMatchObject({ t: 'ack' })
})

test('stopping leaves no process behind, whatever had been done to them', async () => {
  const weft = await startEmbedded({ network: 'plain' })
  await fault(weft, 'kill-weft').begin(() => 0)
  expect(processesOf(weft.dataDir).length, 'its nats-server is left behind').toBe(1)
  await weft.stop()
  await until(() => processesOf(weft.dataDir).length === 0, 'nothing of it is left')
})
