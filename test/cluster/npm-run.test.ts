import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { processesOf } from '../support/npm-start.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from '../support/weft.ts'

const LIMIT_MS = 60_000

/** The main process and its nats-servers, and the workers, whose folder is the store's. */
const left = (folder: string) => [...processesOf(folder), ...processesOf(join(folder, 'store'))].length

/** `npm run cluster` in a process group of its own, as a terminal's shell would start it. */
async function npmRunCluster() {
  const folder = await temporaryFolder('npm-run-cluster')
  const child = spawn('npm', ['run', 'cluster'], {
    env: { ...process.env, WEFT_DATA: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const group = child.pid
  if (group === undefined) throw new Error('npm did not start')
  let isOver = false
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    isOver = true
    return code
  })
  onTestFinished(async () => {
    if (!isOver) process.kill(-group, 'SIGKILL')
    await ended
    await until(() => left(folder.path) === 0, 'nothing is left')
    await folder.remove()
  }, LIMIT_MS)
  const out: string[] = []
  createInterface(child.stdout).on('line', (line) => out.push(line))
  createInterface(child.stderr).on('line', (line) => out.push(`stderr: ${line}`))
  return {
    folder: folder.path,
    out,
    isOver: () => isOver,
    /** To the whole group; resolves to npm's exit code. */
    signal: (signal: NodeJS.Signals) => {
      process.kill(-group, signal)
      return ended
    },
  }
}

test('npm run cluster says where everything is, and Ctrl-C leaves nothing', async () => {
  const { folder, out, isOver, signal } = await npmRunCluster()
  const isReady = () => out.at(-1)?.startsWith('cluster ready http') === true
  await until(() => isReady() || isOver(), 'it is ready', { limitMs: LIMIT_MS })
  expect(out.at(-1)).toMatch(/^cluster ready http/)

  const named = (name: string) => out.find((line) => line.startsWith(`${name}: `)) ?? ''
  for (const service of ['storage', 'chat', 'sync', 'presence', 'edge'])
    for (const index of [1, 2]) {
      const [, ops] = /ops (\S+),/.exec(named(`${service}-${index}`)) ?? []
      expect((await fetch(`${ops}/readyz`)).status).toBe(200)
    }
  for (const index of [1, 2, 3]) expect(named(`nats-${index}`)).toMatch(/monitor http.*log .*nats-\d\.log/)
  const [, url] = /cluster ready (\S+)/.exec(out.at(-1) ?? '') ?? []
  expect(await (await fetch(`${url}/`)).text()).toContain('<title>')

  expect(await signal('SIGINT')).toBe(0)
  await until(() => left(folder) === 0, 'nothing is left')
})

test('kill -9 of all that a terminal started leaves nothing either', async () => {
  const { folder, signal } = await npmRunCluster()
  // Its main process and the nats-servers at least.
  await until(() => left(folder) >= 4, 'it has begun', { limitMs: LIMIT_MS })
  await signal('SIGKILL')
  await until(() => left(folder) === 0, 'nothing is left')
})
