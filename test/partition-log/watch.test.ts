import { expect, onTestFinished, test, vi } from 'vitest'
import { buckets } from '../../shared/fabric/registry.ts'
import { watchForever } from '../../shared/fabric/watch.ts'
import { freshFabric, log, until } from './support.ts'

test('a watch that died in silence, and could not be had for a while, goes on by itself', async () => {
  const { fabric } = await freshFabric()
  const name = buckets.keys(fabric.region)
  const bucket = await fabric.kvm.open(name)
  const seen: string[] = []
  const quiet = log.child({})
  const broke = vi.fn()
  quiet.warn = broke
  const stop = await watchForever(bucket, ['>'], (entry) => seen.push(entry.string()), quiet, {
    silenceMs: 200,
  })
  onTestFinished(stop)
  await bucket.put('key', 'before')
  await until(() => expect(seen).toContain('before'))

  // Its consumer goes with the stream, as with a server that is lost; a new one can't be had.
  await fabric.jsm.streams.delete(`KV_${name}`)
  await until(() => expect(broke).toHaveBeenCalled())
  await fabric.kvm.create(name)
  await bucket.put('key', 'after')
  await until(() => expect(seen).toContain('after'))
})
