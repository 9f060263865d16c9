import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { freePort } from './processes.ts'
import { until } from './until.ts'

/** `npm start` in a process group of its own, as a terminal's shell would start it. */
export type NpmStart = {
  /** Of npm, and of the process group. */
  readonly pid: number
  readonly url: string
  /** Each line of stdout; npm's own come first. */
  readonly out: readonly string[]
  /** What Weft said on stderr, without what npm adds about a command that failed. */
  readonly said: () => readonly string[]
  /** The exit code of npm. */
  readonly exited: Promise<number | null>
  /** Resolves once the last line says that it is ready; throws if it ends before. */
  readonly ready: () => Promise<void>
  /** To the whole process group: SIGINT is Ctrl-C. */
  readonly signalGroup: (signal: NodeJS.Signals) => void
}

export async function npmStart(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NpmStart> {
  const port = env['WEFT_PORT'] ?? String(await freePort())
  const child = spawn('npm', ['start'], {
    env: { ...process.env, WEFT_LIMITS: 'off', ...env, WEFT_DATA: dataDir, WEFT_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('npm did not start')
  let code: number | null | undefined
  const exited = once(child, 'close').then(([given]: (number | null)[]) => {
    code = given ?? null
    return code
  })
  const out: string[] = []
  const err: string[] = []
  createInterface(child.stdout).on('line', (line) => out.push(line))
  createInterface(child.stderr).on('line', (line) => err.push(line))
  const url = `http://127.0.0.1:${port}`
  return {
    pid,
    url,
    out,
    said: () => err.filter((line) => !line.startsWith('npm ')),
    exited,
    ready: async () => {
      const isReady = () => out.includes(`weft ready ${url}`)
      await until(() => isReady() || code !== undefined, `it is ready: ${err.join('\n')}`, {
        limitMs: 60_000,
      })
      if (!isReady()) throw new Error(`npm start ended with ${code}:\n${err.join('\n')}`)
    },
    signalGroup: (signal) => {
      process.kill(-pid, signal)
    },
  }
}

type Found = { readonly pid: number; readonly group: number; readonly command: string }

/** Every living process that was started with this data folder, by its environment or its arguments. */
export function processesOf(dataDir: string): Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = procFile(name, 'cmdline').replaceAll('\0', ' ').trim()
      // A zombie has neither, and is gone.
      const isOurs = command.includes(dataDir) || procFile(name, 'environ').includes(`WEFT_DATA=${dataDir}\0`)
      // After the name in parentheses, which may hold spaces: state, parent, process group.
      const group = Number(procFile(name, 'stat').split(') ').at(-1)?.split(' ')[2])
      return isOurs ? [{ pid: Number(name), group, command }] : []
    })
}

function procFile(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return '' // ended meanwhile, or another user's
  }
}
