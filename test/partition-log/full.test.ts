import { expect, test } from 'vitest'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import { freshFabric, log, logged, setup, startHost, until, write, writeThrough } from './support.ts'

test('a full stream: senders are told, nothing phantom is left, and service resumes once there is room', async () => {
  const { fabric } = await freshFabric({ streamMaxBytes: 100_000 })
  const host = await startHost(fabric, 'owner', 1)
  const serving = () =>
    until(() => {
      const tenure = host.tenure(0)
      if (tenure === undefined) throw new Error('not serving')
      return tenure
    })
  const acked: number[] = []
  const tenure = await serving()
  let value = 0
  for (let refused = false; !refused; value++) {
    const outcome = await write(tenure, value, 20_000)
    if (outcome === 'committed') acked.push(value)
    else {
      expect(outcome, 'the sender is told').toMatchObject({ code: 'unavailable' })
      refused = true
    }
  }
  expect(acked.length).toBeGreaterThan(2)
  expect(await logged(fabric), 'what was refused is not there').toEqual(acked)

  await ensureFabric(fabric, { ...setup, streamMaxBytes: 10_000_000 }, log)
  await writeThrough([host], 0, 1_000)
  expect(await logged(fabric)).toEqual([...acked, 1_000])
})
