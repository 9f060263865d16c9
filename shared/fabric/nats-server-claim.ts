import { execFile } from 'node:child_process'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StartRefused } from '../start-refused.ts'

const POLL_MS = 20
/** How long a claim waits in silence (ms): what was killed a moment ago is gone by then. */
const SILENT_MS = 1_000

/** Thrown if the folder belongs to another living process. */
export class FolderInUse extends StartRefused {}

/**
 * Notes this process as the data folder's owner, once the one before it has gone: it may be about to end.
 * @throws FolderInUse if that still lives after the limit: two servers on one store would destroy it.
 */
export async function claimDataDir(
  dataDir: string,
  { limitMs, onWait }: { readonly limitMs: number; readonly onWait?: (line: string) => void },
): Promise<void> {
  const path = join(dataDir, 'owner')
  const begin = performance.now()
  let isTold = false
  for (let owner = await otherOwner(path); owner !== null; owner = await otherOwner(path)) {
    const waitedMs = performance.now() - begin
    if (waitedMs >= limitMs) {
      throw new FolderInUse(
        `${dataDir} is in use by process ${owner}: stop that one first, or choose another folder`,
      )
    }
    if (waitedMs >= SILENT_MS && !isTold) {
      isTold = true
      onWait?.(`${dataDir} is in use by process ${owner}: waiting up to ${limitMs / 1000} s for its end`)
    }
    await delay(POLL_MS)
  }
  await writeFile(`${path}.new`, `${process.pid} ${await startOf(process.pid)}`)
  await rename(`${path}.new`, path)
}

/** The living process that the folder belongs to; null if there is none but this one. */
async function otherOwner(path: string): Promise<number | null> {
  const [pidText = '', started = ''] = (await readIfThere(path)).split(' ')
  const pid = Number(pidText)
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return null
  return (await startOf(pid)) === started ? pid : null
}

/** Stops the server that a killed owner left behind: the pid file's process, if it runs with this configuration. */
export async function stopOrphan(pidPath: string, configPath: string, limitMs: number): Promise<void> {
  const pid = Number(await readIfThere(pidPath))
  const isOurs = async () => (await commandOf(pid)).includes(configPath)
  if (!Number.isInteger(pid) || pid <= 1 || !(await isOurs())) return
  signal(pid, 'SIGTERM')
  const killAt = performance.now() + limitMs
  const giveUpAt = killAt + limitMs
  let killed = false
  // Not our child, so no event tells of its end.
  while (await isOurs()) {
    if (!killed && performance.now() > killAt) {
      signal(pid, 'SIGKILL')
      killed = true
    }
    if (performance.now() > giveUpAt) throw new Error(`nats-server (process ${pid}) can't be stopped`)
    await delay(POLL_MS)
  }
  await rm(pidPath, { force: true })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}

const run = promisify(execFile)

/** What tells a process from a later one with the same id; empty text if there is none. */
async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // The name in parentheses may hold spaces; the start time is the 20th field after it. A zombie is gone already.
    const stat = await procFile(pid, 'stat')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  }
  return (await ps(pid, 'lstart=')).replaceAll(' ', '_')
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return procFile(pid, 'cmdline')
  return ps(pid, 'command=')
}

async function procFile(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return ''
    throw error
  })
}

async function ps(pid: number, column: string): Promise<string> {
  return run('ps', ['-o', column, '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}
