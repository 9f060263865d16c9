import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { NODE_FLAGS } from '../../scripts/node-flags.mjs'
import type { TestNats } from './nats.ts'

const START_LIMIT_MS = 60_000
const LOG_LINES = 40

export type WorkerProcess = {
  readonly name: string
  readonly pid: number
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** SIGTERM, and wait. */
  stop(): Promise<number | null>
  readonly lastLines: () => string
}

/** One service as `npm run <name>` runs it. Resolves when it says that it is running. */
export async function startService(
  name: 'edge' | 'chat' | 'sync' | 'presence' | 'storage',
  nats: TestNats,
  env: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...NODE_FLAGS, `services/${name}/main.ts`], {
    env: {
      ...process.env,
      WEFT_NATS_URL: nats.url,
      WEFT_NATS_USER: nats.fabric.user,
      WEFT_NATS_PASS: nats.fabric.pass,
      WEFT_LIMITS: 'off',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start`)
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  const lines: string[] = []
  await running(child, name, exited, lines)
  return {
    name,
    pid,
    lastLines: () => lines.join('\n'),
    signal: (signal) => child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

function running(
  child: ChildProcess,
  name: string,
  exited: Promise<number | null>,
  lines: string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}\n${lines.join('\n')}`))
    const timer = setTimeout(() => fail('was not running in time'), START_LIMIT_MS)
    void exited.then((code) => {
      clearTimeout(timer)
      fail(`exited with ${code}`)
    })
    if (child.stderr === null) return fail('has no output')
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line)
      if (lines.length > LOG_LINES) lines.shift()
      if (!line.includes(`"${name} is running"`)) return
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A port that is free just now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
