import { expect, onTestFinished, test } from 'vitest'
import { startProxy } from './proxy.ts'
import { connect, freshFabric, logged, takenOver, write } from './support.ts'

test('a commit whose PubAck was lost on the way is neither lost nor doubled', async () => {
  const { nats, fabric } = await freshFabric()
  const proxy = await startProxy(nats.port)
  onTestFinished(() => proxy.stop())
  const throughProxy = await connect({ ...nats.fabric, servers: [proxy.url] })
  const { tenure } = await takenOver(throughProxy)
  for (let value = 0; value < 3; value++) {
    const cut = proxy.cutAtNextPubAck()
    const outcome = write(tenure, value)
    await cut
    expect(await outcome).toBe('committed')
  }
  expect(await write(tenure, 3)).toBe('committed')
  expect(await logged(fabric)).toEqual([0, 1, 2, 3])
})

test('nats-server killed with -9 in mid-commit: what was acked stands once, what is in flight is decided after', async () => {
  const { nats, fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  const acked: number[] = []
  let value = 0
  for (let kill = 0; kill < 3; kill++) {
    const outcomes: Promise<void>[] = []
    const writeNext = async () => {
      const mine = value++
      expect(await write(tenure, mine)).toBe('committed')
      acked.push(mine)
    }
    for (let i = 0; i < 50; i++) {
      outcomes.push(writeNext())
      // A turn between them, so that several commits are made and the kill falls among them.
      if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await nats.kill()
    outcomes.push(writeNext())
    await nats.restart()
    await Promise.all(outcomes)
  }
  expect(await logged(fabric)).toEqual(acked)
  expect(acked).toEqual(Array.from({ length: value }, (_, i) => i))
})
