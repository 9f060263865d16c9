import { execFileSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { nodeFlags } from '../../scripts/node-flags.mjs'
import { natsBinary } from '../support/nats.ts'

/** Everything that is measured runs on the first, the generator on the second. */
export const SERVER_CORE = 0
export const GENERATOR_CORE = 1
const GIB = 1024 ** 3
/** Of `statfs`: memory that calls itself a file system makes every fsync free. */
const TMPFS_MAGIC = 0x01021994

export type Machine = {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly kernel: string
  readonly node: string
  readonly natsServer: string
  readonly commit: string
  /** Whether the fabric and the generator have a core each. */
  readonly pinned: boolean
  readonly dataOnTmpfs: boolean
}

export function describeMachine(dataFolder: string): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / GIB),
    kernel: release(),
    node: process.version,
    natsServer: run(natsBinary(), ['--version']),
    commit: run('git', ['describe', '--always', '--dirty']),
    pinned: canPin(),
    dataOnTmpfs: statfsSync(dataFolder).type === TMPFS_MAGIC,
  }
}

let pinning: boolean | undefined
/** Two cores and `taskset` are needed. */
export function canPin(): boolean {
  pinning ??= cpus().length > GENERATOR_CORE && run('taskset', ['--version']) !== 'unknown'
  return pinning
}

/** For this process's life. */
export function doNotPin(): void {
  pinning = false
}

/** A command line that runs on one core, if that can be had. */
export const onCore = (core: number, command: readonly string[]): readonly string[] =>
  canPin() ? ['taskset', '-c', String(core), ...command] : command

/** What Node is run with there: as `npm start` does on a machine of as many cores as the fabric has here. */
export const serverFlags = (): readonly string[] => nodeFlags(canPin() ? 1 : availableParallelism())

/** All threads of this process. */
export function pinSelf(core: number): void {
  if (canPin()) run('taskset', ['-a', '-c', '-p', String(core), String(process.pid)])
}

/** What is started meanwhile belongs to the server, and runs on its core for as long as it lives. */
export async function onServerCore<T>(act: () => Promise<T>): Promise<T> {
  pinSelf(SERVER_CORE)
  try {
    return await act()
  } finally {
    pinSelf(GENERATOR_CORE)
  }
}

/** Core by core, the time for which it did anything since the machine's start (s). */
export function coreBusySeconds(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`cpu${core} `))
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    line?.split(/\s+/).slice(1).map(Number) ?? []
  return (user + nice + system + irq + softirq + steal) / 100
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown' // not there, or another's
  }
}
