import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Reaper } from './reaper.ts'

/** From an end that nobody asked for to the next start: doubles from the first to the last (ms). */
const RESTART_FIRST_MS = 100
const RESTART_LAST_MS = 2_000
/** A process that ran so long begins with the first again (ms). */
const SETTLED_MS = 5_000
/** How long a stop may take before SIGKILL (ms): as long as a service may drain. */
const STOP_LIMIT_MS = 28_000

export type SupervisedOptions = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Gets all that it writes; appended to. */
  readonly logPath: string
  readonly reaper: Reaper
  /** Null once it serves, else what is missing. */
  readonly missing: () => Promise<string | null>
}

/**
 * A process in a group of its own that is started again whenever it ends, unless a fault holds it down. Several faults
 * may hold it; the last to let go starts it.
 */
export class Supervised {
  readonly name: string
  readonly logPath: string
  readonly #options: SupervisedOptions
  #child: ChildProcess | undefined
  #exited: Promise<unknown> = Promise.resolve()
  #holds = 0
  #pauses = 0
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  readonly #groups = new Set<number>()
  /** Ends that nobody asked for. */
  unasked = 0

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.logPath = options.logPath
    this.#options = options
    mkdirSync(dirname(options.logPath), { recursive: true })
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Null if it serves, else what is missing. */
  async missing(): Promise<string | null> {
    if (this.#child === undefined) return `${this.name} is not running`
    const why = await this.#options.missing()
    return why === null ? null : `${this.name}: ${why}`
  }

  start(): void {
    if (this.#child !== undefined || this.#holds > 0 || this.#stopped) return
    const { command, args, env, logPath, reaper, name } = this.#options
    const log = openSync(logPath, 'a')
    writeSync(log, `--- ${new Date().toISOString()} ${name} is started\n`)
    const child = spawn(command, args, {
      env: { ...env, ...reaper.mark },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.#child = child
    const startedAt = performance.now()
    if (child.pid !== undefined) {
      this.#groups.add(child.pid)
      reaper.tell({ t: 'group', pid: child.pid })
    }
    this.#exited = new Promise((resolve) => {
      child.once('error', resolve)
      child.once('exit', resolve)
    }).then(() => {
      this.#child = undefined
      this.#forgetEnded()
      if (this.#stopped || this.#holds > 0) return
      this.unasked++
      if (performance.now() - startedAt > SETTLED_MS) this.#failures = 0
      this.#startLater(Math.min(RESTART_LAST_MS, RESTART_FIRST_MS * 2 ** this.#failures++))
    })
  }

  /** The signal, kill -9 of the whole group by default, and down until `release`. Resolves once the process is gone. */
  async hold(signal: NodeJS.Signals = 'SIGKILL', to: 'group' | 'leader' = 'group'): Promise<void> {
    this.#holds++
    this.#send(signal, to)
    await this.#exited
  }

  release(): void {
    this.#holds--
    this.start()
  }

  /** SIGSTOP until `resume`. One that is started meanwhile runs. */
  pause(): void {
    this.#pauses++
    this.#send('SIGSTOP')
  }

  resume(): void {
    this.#pauses--
    if (this.#pauses <= 0) this.#send('SIGCONT')
  }

  /** SIGTERM, then SIGKILL after a limit. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#send('SIGCONT')
    this.#send('SIGTERM')
    const timer = setTimeout(() => this.#send('SIGKILL'), STOP_LIMIT_MS)
    await this.#exited
    clearTimeout(timer)
    // A group may outlive the process that it began with.
    for (const group of this.#groups) signalled(-group, 'SIGKILL')
    this.#forgetEnded()
  }

  #forgetEnded(): void {
    for (const pid of this.#groups) {
      if (signalled(-pid, 0)) continue
      this.#groups.delete(pid)
      this.#options.reaper.tell({ t: 'ended', pid })
    }
  }

  #startLater(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.start(), ms)
  }

  #send(signal: NodeJS.Signals, to: 'group' | 'leader' = 'group'): void {
    const pid = this.#child?.pid
    // One that is gone ended a moment ago, and its event is on the way.
    if (pid !== undefined) signalled(to === 'group' ? -pid : pid, signal)
  }
}

/** False if there is no such process, or process group. */
export function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Resolves to null if a service's operators' port says that it is ready, else to what it says. */
export async function notReady(ops: string): Promise<string | null> {
  try {
    const answer = await fetch(`${ops}/readyz`, { signal: AbortSignal.timeout(1_000) })
    return answer.ok ? null : (await answer.text()).trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
