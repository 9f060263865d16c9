import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../support/processes.ts'
import type { Target } from './generator/fleet.ts'
import { onCore, SERVER_CORE, serverFlags } from './machine.ts'

export const HOST = '127.0.0.1'
const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 30_000
const LOG_LINES = 40

/** Something that is measured. */
export type Server = {
  readonly target: Target
  /** Their descendants are measured with them. */
  readonly pids: readonly number[]
  /** Operators' ports. */
  readonly ops: readonly string[]
  /** From the start of the process to its readiness (ms). */
  readonly startMs: number
  stop(): Promise<void>
}

export type ServerOptions = {
  /** Folder of the fabric's data. */
  readonly data: string
  readonly env?: Readonly<Record<string, string>>
  /** For node, before the program: `--cpu-prof` and the like. */
  readonly nodeArgs?: readonly string[]
}

/** What `npm start` runs, all of it on one core. */
export async function startFabric({ data, env = {}, nodeArgs = [] }: ServerOptions): Promise<Server> {
  const secret = randomBytes(32).toString('hex')
  const opsPort = await freePort()
  const began = performance.now()
  const child = await startPinned({
    command: [process.execPath, ...serverFlags(), ...nodeArgs, 'services/all/main.ts'],
    env: {
      WEFT_DATA: data,
      WEFT_HOST: HOST,
      WEFT_PORT: '0',
      WEFT_OPS_PORT: String(opsPort),
      WEFT_LIMITS: 'off',
      WEFT_TOKEN_SECRET: secret,
      WEFT_WEB: '',
      ...env,
    },
    ready: /^weft ready http:\/\/\S+:(\d+)$/,
  })
  return {
    target: { address: { host: HOST, port: Number(child.match[1]) }, secret },
    pids: [child.pid],
    ops: [`http://${HOST}:${opsPort}`],
    startMs: performance.now() - began,
    stop: () => child.stop(),
  }
}

export type PinnedChild = {
  readonly pid: number
  /** What its line of readiness said. */
  readonly match: RegExpExecArray
  /** SIGTERM, and SIGKILL if that takes too long; nothing if it has ended. */
  stop(): Promise<void>
  /** kill -9 of it and what it has started. */
  kill(): Promise<void>
}

export type PinnedOptions = {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The line, of either output, by which it says that it is ready. */
  readonly ready: RegExp
}

/** Starts a program, in a process group of its own, on the server's core. */
export async function startPinned({ command, env, ready }: PinnedOptions): Promise<PinnedChild> {
  const [file = '', ...args] = onCore(SERVER_CORE, command)
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command.join(' ')} did not start`)
  const killGroup = () => process.kill(-pid, 'SIGKILL')
  // Whatever ends this process, nothing stays behind on the core.
  process.once('exit', killGroup)
  const exited = once(child, 'exit').then(() => {
    process.off('exit', killGroup)
  })
  const match = await readyLine(child, ready, exited, command.join(' '))
  return {
    pid,
    match,
    kill: async () => {
      killGroup()
      await exited
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const limit = setTimeout(killGroup, STOP_LIMIT_MS)
      await exited
      clearTimeout(limit)
    },
  }
}

function readyLine(
  child: ChildProcess,
  ready: RegExp,
  exited: Promise<void>,
  command: string,
): Promise<RegExpExecArray> {
  const last: string[] = []
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${command} ${why}\n${last.join('\n')}`))
    const timer = setTimeout(() => fail('was not ready in time'), START_LIMIT_MS)
    void exited.then(() => {
      clearTimeout(timer)
      fail('ended')
    })
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue
      // Read to the end, or the pipe would fill.
      createInterface(output).on('line', (line) => {
        last.push(line)
        if (last.length > LOG_LINES) last.shift()
        const match = ready.exec(line)
        if (match === null) return
        clearTimeout(timer)
        resolve(match)
      })
    }
  })
}
