import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { StartRefused } from '../start-refused.ts'
import { claimDataDir, FolderInUse, stopOrphan } from './nats-server-claim.ts'
import { loadCredentials, type NatsCredentials, natsConfig } from './nats-server-config.ts'

/** How long a start may take, recovery of its streams included (ms). */
const START_LIMIT_MS = 60_000
/** How long a stop may take before SIGKILL (ms). */
const STOP_LIMIT_MS = 10_000
/** How long the folder's owner before this one may take to end (ms). */
const CLAIM_LIMIT_MS = 15_000
/** Lines of the server's own log that an error message repeats. */
const LOG_TAIL_LINES = 12
/** About the configuration, which is a 0600 file of a password that was made for it alone. */
const EXPECTED_WARNING = 'Plaintext passwords detected'

export type NatsExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type NatsServerOptions = {
  /** Folder of the configuration, the credentials and JetStream's store; made if absent, kept across starts. */
  readonly dataDir: string
  /** Path of a nats-server >= 2.15. */
  readonly binary: string
  /** Port on 127.0.0.1; a free one is taken if absent. */
  readonly port?: number
  /** Bytes that JetStream may use on disk; the server's default is 3/4 of what is free. */
  readonly maxFileStoreBytes?: number
  /** Also listen for monitoring requests (`/healthz`, `/jsz`) on a free port of 127.0.0.1. */
  readonly monitor?: boolean
  /** For tests alone, to show what it would do: anything but the default `always` loses acked writes on a power cut. */
  readonly syncInterval?: string
  readonly startLimitMs?: number
  readonly stopLimitMs?: number
  readonly claimLimitMs?: number
  /** Told, once, that the start waits for another process to leave the folder. */
  readonly onWait?: (line: string) => void
  /** Called once if the server ends without having been told to: the caller starts it again, with backoff. */
  readonly onUnexpectedExit?: (exit: NatsExit) => void
  /** Receives each line that the server logs as a warning or worse. */
  readonly onWarning?: (line: string) => void
}

export type NatsServer = NatsCredentials & {
  readonly url: string
  readonly port: number
  readonly monitorUrl: string | undefined
  readonly pid: number
  readonly dataDir: string
  /** SIGTERM, and SIGKILL after the limit. Resolves once the process is gone; may be called again. */
  readonly stop: () => Promise<void>
  /** SIGKILL, as a crash would be. Resolves once the process is gone. */
  readonly kill: () => Promise<void>
  readonly exited: Promise<NatsExit>
}

/**
 * Starts a nats-server as a child, on loopback only, with JetStream syncing every write. A server that an earlier
 * process left behind in the same folder is stopped first. Resolves when clients can connect. If this process ends
 * without `stop`, its last act is SIGTERM for the server.
 * @throws StartRefused if the folder belongs to a living process, or with the server's last log lines if it doesn't start.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const configPath = join(dataDir, 'nats-server.conf')
  const pidPath = join(dataDir, 'nats-server.pid')
  const stopLimitMs = options.stopLimitMs ?? STOP_LIMIT_MS
  await claimDataDir(dataDir, {
    limitMs: options.claimLimitMs ?? CLAIM_LIMIT_MS,
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
  })
  await stopOrphan(pidPath, configPath, stopLimitMs)

  const credentials = await loadCredentials(dataDir)
  const config = natsConfig({ ...options, ...credentials, dataDir, pidPath })
  await writeFile(configPath, config, { mode: 0o600 })

  const child = spawn(options.binary, ['-c', configPath], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<NatsExit>((done) => {
    child.once('error', () => done({ code: null, signal: null }))
    child.once('exit', (code, signal) => done({ code, signal }))
  })
  const endWithUs = () => child.kill('SIGTERM')
  process.once('exit', endWithUs)
  void exited.then(() => process.off('exit', endWithUs))
  let told = false
  const end = async (signal: NodeJS.Signals) => {
    told = true
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exited
    clearTimeout(timer)
  }

  const ready = await whenReady(child, exited, options).catch(async (error: unknown) => {
    if (child.pid !== undefined) await end('SIGKILL')
    throw error
  })
  void exited.then((exit) => {
    if (!told) options.onUnexpectedExit?.(exit)
  })
  return {
    ...credentials,
    ...ready,
    url: `nats://127.0.0.1:${ready.port}`,
    dataDir,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    exited,
  }
}

/** Stops the server that a killed owner left behind in this folder, unless the folder has a living owner by now. */
export async function stopLeftBehind(folder: string): Promise<void> {
  const dataDir = resolve(folder)
  const configPath = join(dataDir, 'nats-server.conf')
  if (!existsSync(configPath)) return
  try {
    // Claimed, so that a start that comes meanwhile waits: its own server must not be taken for the orphan.
    await claimDataDir(dataDir, { limitMs: 0 })
  } catch (error) {
    if (error instanceof FolderInUse) return
    throw error
  }
  await stopOrphan(join(dataDir, 'nats-server.pid'), configPath, STOP_LIMIT_MS)
}

type Ready = Pick<NatsServer, 'port' | 'monitorUrl' | 'pid'>

/** Reads the server's log until it says that it is ready; goes on reading it, or its pipe would fill. */
function whenReady(
  child: ChildProcess,
  exited: Promise<NatsExit>,
  options: NatsServerOptions,
): Promise<Ready> {
  const limitMs = options.startLimitMs ?? START_LIMIT_MS
  return new Promise((done, fail) => {
    const tail: string[] = []
    const failed = (why: string) => fail(new StartRefused([`nats-server ${why}`, ...tail].join('\n  ')))
    const timer = setTimeout(() => failed(`was not ready within ${limitMs} ms`), limitMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      failed(`(${options.binary}) can't be run: ${error.message}`)
    })
    void exited.then((exit) => {
      clearTimeout(timer)
      failed(`ended at start (code ${exit.code}, signal ${exit.signal})`)
    })
    if (!child.stderr) return failed('has no stderr')

    let port: number | undefined
    let monitorUrl: string | undefined
    createInterface({ input: child.stderr }).on('line', (line) => {
      tail.push(line)
      if (tail.length > LOG_TAIL_LINES) tail.shift()
      if (/\[(WRN|ERR|FTL)\]/.test(line) && !line.includes(EXPECTED_WARNING)) options.onWarning?.(line)
      port ??= numberAfter(/Listening for client connections on 127\.0\.0\.1:(\d+)/, line)
      const monitorPort = numberAfter(/Starting http monitor on 127\.0\.0\.1:(\d+)/, line)
      if (monitorPort !== undefined) monitorUrl = `http://127.0.0.1:${monitorPort}`
      if (!line.endsWith('Server is ready')) return
      clearTimeout(timer)
      if (port === undefined || child.pid === undefined) failed('did not say where it listens')
      else done({ port, monitorUrl, pid: child.pid })
    })
  })
}

function numberAfter(shape: RegExp, line: string): number | undefined {
  const found = shape.exec(line)?.[1]
  return found === undefined ? undefined : Number(found)
}
