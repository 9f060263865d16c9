import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Talker, wholeHistory } from '../support/conversation.ts'
import { startTestNats } from '../support/nats.ts'
import { type NpmStart, npmStart, processesOf } from '../support/npm-start.ts'
import { freePort } from '../support/processes.ts'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from '../support/weft.ts'

/** `npm start` itself, by nothing but what a person at a terminal has: its output, its signals, its exit code. */

const SECRET = 'a secret of the test, long enough for HS256'
/** The failure that this looks for came about one time in three. */
const CRASHES = 3

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder('npm-start')
})
afterEach(async () => {
  for (const { pid } of processesOf(folder.path)) kill(pid)
  await nothingIsLeft()
  await folder.remove()
})

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone already
  }
}

const nothingIsLeft = () => until(() => processesOf(folder.path).length === 0, 'no process is left')

async function started(env: Readonly<Record<string, string>> = {}): Promise<NpmStart> {
  const weft = await npmStart(folder.path, env)
  await weft.ready()
  return weft
}

/** Ended by itself with this code, saying one line, and took everything with it. */
async function refused(weft: NpmStart, code: number, says: RegExp): Promise<void> {
  expect(await weft.exited).toBe(code)
  expect(processesOf(folder.path)).toEqual([])
  expect(weft.said()).toEqual([expect.stringMatching(says)])
}

test('Ctrl-C leaves no process behind; the next start finds what was there, and refuses other partition counts', async () => {
  const credentials = { name: 'ann', password: 'correct horse battery staple' }
  const first = await started()
  expect(first.out.at(-1)).toBe(`weft ready ${first.url}`)
  const page = await fetch(first.url)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
  expect((await http(first.url, 'POST', '/v1/accounts', { body: credentials })).status).toBe(201)
  expect(processesOf(folder.path).length).toBeGreaterThanOrEqual(3)
  first.signalGroup('SIGINT')
  expect(await first.exited).toBe(0)
  expect(processesOf(folder.path)).toEqual([])
  expect(first.out.at(-1)).toBe(`weft ready ${first.url}`)

  const second = await started()
  const logIn = await http(second.url, 'POST', '/v1/sessions', { body: { ...credentials, device: 'd1' } })
  expect(logIn.status).toBe(201)
  process.kill(second.pid, 'SIGTERM')
  await second.exited
  expect(processesOf(folder.path)).toEqual([])

  const other = await npmStart(folder.path, { WEFT_LOG_PARTITIONS: '2' })
  await refused(other, 2, /^weft start: this fabric has 1 LOG .* WEFT_LOG_PARTITIONS/)
})

test(`kill -9 of the process group amid traffic takes everything at once; a start right after it finds each acked message (${CRASHES} times)`, async () => {
  const env = { WEFT_TOKEN_SECRET: SECRET }
  const token = mintToken(SECRET, 'ann')
  let weft = await started(env)
  const created = await http(weft.url, 'POST', '/v1/channels', {
    token,
    body: { kind: 'direct', members: ['bob'] },
  })
  const channel = (created.body['channel'] as { id: string }).id
  const talker = new Talker('ann', token, channel)
  for (let crash = 0; crash < CRASHES; crash++) {
    const acksBefore = talker.acked.length
    const ws = `${weft.url.replace('http', 'ws')}/v1/ws`
    const talking = talker.talk(ws, randomUUID()).catch(() => undefined)
    await until(() => talker.acked.length > acksBefore + 20, 'messages are acked')
    const groups = new Set(processesOf(folder.path).map(({ group }) => group))
    expect([...groups], 'one process group holds everything').toEqual([weft.pid])
    weft.signalGroup('SIGKILL')
    weft = await started(env)
    await talking
  }
  const history = await wholeHistory(weft.url, token, channel)
  const bySeq = new Map(history.map(({ seq, cid }) => [seq, cid]))
  expect(talker.acked.filter(({ seq, cid }) => bySeq.get(seq) !== cid)).toEqual([])
})

test('kill -9 of the services alone stops the nats-server that they left behind', async () => {
  const weft = await started()
  const program = processesOf(folder.path).filter(({ command }) => command.includes('services/all/main.ts'))
  expect(program).toHaveLength(1)
  for (const { pid } of program) kill(pid)
  expect(await weft.exited).not.toBe(0)
  expect(processesOf(folder.path)).toEqual([])
})

test('a taken port is one line, and nothing keeps running', async () => {
  const taken = createServer().listen(0, '0.0.0.0')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? String(address.port) : ''
  try {
    const weft = await npmStart(folder.path, { WEFT_PORT: port })
    await refused(weft, 2, new RegExp(`^weft start: .*${port}.*WEFT_PORT`))
  } finally {
    taken.close()
  }
})

test('a data folder that is a file is one line', async () => {
  const path = join(folder.path, 'file')
  await writeFile(path, '')
  await refused(await npmStart(path), 2, /^weft start: WEFT_DATA=.*\/file" .*folder/)
})

async function chatAlone(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'services/chat/main.ts'], {
    env: { ...process.env, WEFT_DATA: folder.path, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { said: said.trim().split('\n'), code: Number(code) }
}

test('a service that finds no NATS, or is not let in, says so in one line that names the setting', async () => {
  const url = `nats://127.0.0.1:${await freePort()}`
  expect(await chatAlone({ WEFT_NATS_URL: url })).toEqual({
    said: [expect.stringMatching(new RegExp(`^weft chat: .*${url}.*WEFT_NATS_URL`))],
    code: 1,
  })
  await using nats = await startTestNats()
  const wrong = { WEFT_NATS_URL: nats.url, WEFT_NATS_USER: 'weft', WEFT_NATS_PASS: 'wrong' }
  expect(await chatAlone(wrong)).toEqual({
    said: [expect.stringMatching(/^weft chat: .*WEFT_NATS_USER and WEFT_NATS_PASS/)],
    code: 2,
  })
})
