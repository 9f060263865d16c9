import { expect, onTestFinished, test } from 'vitest'
import { edgeConfig } from '../../services/edge/config.ts'
import { createEdge } from '../../services/edge/service.ts'
import { connectFabric } from '../../shared/fabric/connection.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import { createLog } from '../../shared/log/log.ts'
import { startTestNats } from '../support/nats.ts'
import { until } from '../support/until.ts'
import { startEdgeBench } from './support.ts'

const readyOf = async (url: string) => {
  const answer = await fetch(`${url}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

test('an edge alone says that nobody owns the partitions', async () => {
  const log = createLog('test', 'silent')
  const nats = await startTestNats()
  const fabric = await connectFabric(nats.fabric, 'edge', log)
  await ensureFabric(fabric, { replicas: 1, partitions: { log: 2, sync: 2 }, streamMaxBytes: -1 }, log)
  const directory = await Directory.open(fabric, log)
  const config = edgeConfig({ WEFT_HOST: '127.0.0.1', WEFT_PORT: '0', WEFT_WEB: '' })
  const edge = await createEdge({ config, fabric, directory, log })
  onTestFinished(async () => {
    await edge.drain()
    directory.close()
    await fabric.close()
    await nats.stop()
  })
  const { status, text } = await readyOf(edge.url)
  expect(status).toBe(503)
  expect(text).toContain('log.0')
  expect(text).toContain('sync.1')
})

test('an edge is ready without storage, and says so; without NATS it is not', async () => {
  const bench = await startEdgeBench()
  onTestFinished(() => bench.stop())
  await until(async () => (await readyOf(bench.url)).text === 'ready\n', 'the edge is ready')
  bench.stopStorage()
  await until(async () => (await readyOf(bench.url)).text.includes('degraded: storage'), 'it says so')
  expect((await readyOf(bench.url)).status).toBe(200)
  await bench.nats.kill()
  await until(async () => (await readyOf(bench.url)).status === 503, 'not ready')
  expect((await readyOf(bench.url)).text).toContain('NATS')
  await bench.nats.restart()
  await until(async () => (await readyOf(bench.url)).status === 200, 'ready again')
})
