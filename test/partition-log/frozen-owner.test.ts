import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import type { TestNats } from '../support/nats.ts'
import { freshFabric, logged, startHost, until, writeThrough } from './support.ts'

type Said = { readonly value: number; readonly outcome: string; readonly at: number }

async function spawnOwner(nats: TestNats, name: string, firstValue: number) {
  const { user, pass } = nats.fabric
  const script = new URL('./owner-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, nats.url, user, pass, name, String(firstValue)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const said: Said[] = []
  const ticks: number[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const what = JSON.parse(line)
    if ('tick' in what) ticks.push(what.tick)
    else said.push(what)
  })
  await until(() => expect(said.length).toBeGreaterThan(20))
  return { child, said, ticks }
}

const ackedBy = (said: readonly Said[]) =>
  said.filter(({ outcome }) => outcome === 'committed').map(({ value }) => value)

test('an owner frozen with SIGSTOP past its lease neither commits nor answers when it wakes', async () => {
  const { nats, fabric } = await freshFabric()
  const { child, said, ticks } = await spawnOwner(nats, 'frozen', 0)
  child.kill('SIGSTOP')
  const heir = await startHost(fabric, 'heir', 1)
  await writeThrough([heir], 0, 1_000_000)
  const before = await logged(fabric)
  const wokeAt = Date.now()
  child.kill('SIGCONT')
  for (let i = 1; i <= 50; i++) await writeThrough([heir], 0, 1_000_000 + i)
  const during = await logged(fabric)
  expect(during.slice(before.length), 'the heir alone has written').toEqual(
    Array.from({ length: 50 }, (_, i) => 1_000_001 + i),
  )
  await until(() => expect(ticks.filter((at) => at > wokeAt).length, 'it is awake').toBeGreaterThan(5))
  const handedOverAt = Date.now()
  expect(
    said.filter(({ at }) => at >= wokeAt),
    'silent, though awake',
  ).toEqual([])
  await heir.drain()
  await until(() =>
    expect(
      said.some(({ at }) => at >= handedOverAt),
      'serves again when it may',
    ).toBe(true),
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  const stands = await logged(fabric)
  expect(new Set(stands).size).toBe(stands.length)
  expect(ackedBy(said).filter((value) => !stands.includes(value))).toEqual([])
})

test('an owner killed with -9: another one serves within 5 s, and what it acked is there', async () => {
  const { nats, fabric } = await freshFabric()
  const { child, said } = await spawnOwner(nats, 'killed', 0)
  const heir = await startHost(fabric, 'heir', 1)
  const killedAt = performance.now()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await writeThrough([heir], 0, 1_000_000)
  expect(performance.now() - killedAt).toBeLessThan(5_000)
  const stands = await logged(fabric)
  expect(ackedBy(said).filter((value) => !stands.includes(value))).toEqual([])
  expect(new Set(stands).size).toBe(stands.length)
})
