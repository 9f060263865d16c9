import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { natsBinary, startTestNats } from '../../test/support/nats.ts'
import { until } from '../../test/support/until.ts'
import { startNatsServer } from './nats-server.ts'

let dataDir = ''
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weft-nats-server-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

async function isListening(port: number): Promise<boolean> {
  const socket = dial(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('lets in only who has the generated credentials, which stay the same', async () => {
  const first = await startNatsServer({ dataDir, binary: natsBinary() })
  await expect(connect({ servers: first.url })).rejects.toThrow(/authorization/i)
  expect((await stat(join(dataDir, 'nats-credentials.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(dataDir, 'nats-server.conf'))).mode & 0o777).toBe(0o600)
  await first.stop()
  const second = await startNatsServer({ dataDir, binary: natsBinary() })
  expect([second.user, second.pass]).toEqual([first.user, first.pass])
  await second.stop()
})

test('syncs each write, listens on loopback only and takes 1 MB', async () => {
  const server = await startNatsServer({ dataDir, binary: natsBinary(), monitor: true })
  const config = await readFile(join(dataDir, 'nats-server.conf'), 'utf8')
  expect(config).toContain('sync_interval: always')
  const vars: unknown = await (await fetch(`${server.monitorUrl}/varz`)).json()
  expect(vars).toMatchObject({
    host: '127.0.0.1',
    max_payload: 1_048_576,
    jetstream: { config: { sync_always: true } },
  })
  await server.stop()
})

test('what was acked is there after kill -9 and a restart on the same port', async () => {
  await using nats = await startTestNats()
  const open = () => connect({ servers: nats.url, user: nats.fabric.user, pass: nats.fabric.pass })
  const before = await open()
  await (await jetstreamManager(before)).streams.add({ name: 'KEPT', subjects: ['kept'] })
  await jetstream(before).publish('kept', 'hello')
  await before.close()
  await nats.kill()
  await nats.restart()
  const after = await open()
  const kept = await (await jetstreamManager(after)).streams.getMessage('KEPT', { seq: 1 })
  expect(kept?.string()).toBe('hello')
  await after.close()
})

test('tells of an end that nobody asked for, and not of one that was', async () => {
  const unexpected = Promise.withResolvers<string | null>()
  const server = await startNatsServer({
    dataDir,
    binary: natsBinary(),
    onUnexpectedExit: ({ signal }) => unexpected.resolve(signal),
  })
  process.kill(server.pid, 'SIGKILL')
  expect(await unexpected.promise).toBe('SIGKILL')

  let told = false
  const second = await startNatsServer({
    dataDir,
    binary: natsBinary(),
    onUnexpectedExit: () => {
      told = true
    },
  })
  await second.stop()
  await second.exited
  expect(told).toBe(false)
})

test('a start waits for the owner of the folder; the server that a killed one left behind is stopped first', async () => {
  const script = `
    import { startNatsServer } from ${JSON.stringify(new URL('./nats-server.ts', import.meta.url).href)}
    const server = await startNatsServer(${JSON.stringify({ dataDir, binary: natsBinary() })})
    console.log(server.port)
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    owner.kill('SIGKILL')
  })
  const [line] = await once(owner.stdout, 'data')
  const orphan = Number(String(line))
  const second = startNatsServer({ dataDir, binary: natsBinary(), claimLimitMs: 100 })
  await expect(second).rejects.toThrow(/in use by process/)

  // Another start waits for the owner to go, and says so.
  const waiting = Promise.withResolvers<string>()
  const third = startNatsServer({ dataDir, binary: natsBinary(), onWait: waiting.resolve })
  third.catch(waiting.reject)
  expect(await waiting.promise).toContain(`in use by process ${owner.pid}`)
  expect(await isListening(orphan)).toBe(true)
  owner.kill('SIGKILL')
  const server = await third
  expect(await isListening(orphan)).toBe(false)
  await server.stop()
})

test('a process that ends in whatever way takes its server along', async () => {
  const script = `
    import { startNatsServer } from ${JSON.stringify(new URL('./nats-server.ts', import.meta.url).href)}
    const server = await startNatsServer(${JSON.stringify({ dataDir, binary: natsBinary() })})
    console.log(server.port)
    setTimeout(() => { throw new Error('nobody saw this coming') })`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [[line], [code]] = await Promise.all([once(owner.stdout, 'data'), once(owner, 'exit')])
  expect(code).toBe(1)
  await until(async () => !(await isListening(Number(String(line)))), 'its server is gone')
})

test('a process that has the pid by chance is left alone', async () => {
  const stranger = spawn('sleep', ['60'])
  await once(stranger, 'spawn')
  await writeFile(join(dataDir, 'nats-server.pid'), String(stranger.pid))
  const server = await startNatsServer({ dataDir, binary: natsBinary() })
  expect(stranger.exitCode).toBeNull()
  expect(stranger.kill()).toBe(true)
  await server.stop()
})

test('a taken port is an error that shows what the server said', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await expect(startNatsServer({ dataDir, binary: natsBinary(), port })).rejects.toThrow(/in use/)
  taken.close()
})

test('a binary that is not there is an error that names it', async () => {
  await expect(startNatsServer({ dataDir, binary: '/nowhere/nats-server' })).rejects.toThrow(
    /nowhere.*can't be run/,
  )
})
