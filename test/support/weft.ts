import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { NODE_FLAGS } from '../../scripts/node-flags.mjs'
import { freePort } from './processes.ts'

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 30_000
/** Of the child's last words, kept for the report of a test that failed. */
const LOG_LINES = 60

export type RunningWeft = {
  readonly url: string
  readonly ws: string
  /** Of the operators’ port. */
  readonly ops: string
  readonly pid: number
  /** kill -9 of the whole process group: Weft, its nats-server, everything. */
  killGroup(): Promise<void>
  /** SIGTERM, and wait. */
  stop(): Promise<void>
  readonly exited: Promise<number | null>
  readonly lastLines: () => string
}

export async function temporaryFolder(name: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `weft-${name}-`))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) }
}

/** The whole product as `npm start` runs it, on a free port, in a process group of its own. */
export async function startWeft(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningWeft> {
  const opsPort = await freePort()
  const child = spawn(process.execPath, [...NODE_FLAGS, 'services/all/main.ts'], {
    env: {
      ...process.env,
      WEFT_DATA: dataDir,
      WEFT_PORT: '0',
      WEFT_LIMITS: 'off',
      WEFT_OPS_PORT: String(opsPort),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the process did not start')
  const lines = keepLines(child)
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  const url = await readyUrl(child, exited, lines)
  return {
    url,
    ws: `${url.replace(/^http/, 'ws')}/v1/ws`,
    ops: `http://127.0.0.1:${opsPort}`,
    pid,
    exited,
    lastLines: () => lines.join('\n'),
    killGroup: async () => {
      process.kill(-pid, 'SIGKILL')
      await exited
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const limit = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_LIMIT_MS)
      await exited
      clearTimeout(limit)
    },
  }
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = []
  if (child.stderr !== null) {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line)
      if (lines.length > LOG_LINES) lines.shift()
    })
  }
  return lines
}

async function readyUrl(
  child: ChildProcess,
  exited: Promise<number | null>,
  lines: readonly string[],
): Promise<string> {
  if (child.stdout === null) throw new Error('no output to read')
  const output = createInterface(child.stdout)
  const ready = new Promise<string>((resolve) => {
    output.on('line', (line) => {
      const match = /^weft ready (\S+)$/.exec(line)
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  let timer: NodeJS.Timeout | undefined
  const failed = Promise.race([
    exited.then((code) => `it exited with ${code}`),
    new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('it was not ready in time'), START_LIMIT_MS)
    }),
  ]).then((why) => {
    throw new Error(`weft did not start: ${why}\n${lines.join('\n')}`)
  })
  try {
    return await Promise.race([ready, failed])
  } finally {
    clearTimeout(timer)
    failed.catch(() => undefined)
  }
}
