import { randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { natsBinary, startTestNats, type TestNats } from '../support/nats.ts'
import { freePort } from '../support/processes.ts'
import { onCore, SERVER_CORE, serverFlags } from './machine.ts'
import type { Bench } from './row.ts'
import { HOST, type PinnedChild, type Server, startPinned } from './server.ts'

export type ServiceName = 'storage' | 'sync' | 'chat' | 'presence' | 'edge'

/** Each service as a process of its own beside one nats-server, all on the server's core. */
export type Services = Server & {
  readonly nats: TestNats
  readonly pidOf: (name: ServiceName) => number
  /** Starts one more. */
  start(name: ServiceName): Promise<PinnedChild>
}

export async function startServices(
  bench: Bench,
  env: Readonly<Record<string, string>> = {},
): Promise<Services> {
  const began = performance.now()
  const data = await bench.folder()
  const nats = await startTestNats({ dataDir: join(data, 'nats'), binary: await pinnedNats(data) })
  bench.atEnd(() => nats.stop())
  const secret = randomBytes(32).toString('hex')
  const port = await freePort()
  const pids = [nats.server().pid]
  const ops: string[] = []
  const first = new Map<ServiceName, number>()
  const start = async (name: ServiceName): Promise<PinnedChild> => {
    const opsPort = await freePort()
    const child = await startPinned({
      command: [process.execPath, ...serverFlags(), ...bench.nodeArgs, `services/${name}/main.ts`],
      env: {
        WEFT_NATS_URL: nats.url,
        WEFT_NATS_USER: nats.fabric.user,
        WEFT_NATS_PASS: nats.fabric.pass,
        WEFT_DATA: data,
        WEFT_HOST: HOST,
        WEFT_PORT: String(port),
        WEFT_OPS_PORT: String(opsPort),
        WEFT_LIMITS: 'off',
        WEFT_TOKEN_SECRET: secret,
        WEFT_WEB: '',
        WEFT_LOG: 'info',
        ...env,
      },
      ready: new RegExp(`"${name} is running"`),
    })
    bench.atEnd(() => child.stop())
    pids.push(child.pid)
    ops.push(`http://${HOST}:${opsPort}`)
    if (!first.has(name)) first.set(name, child.pid)
    return child
  }
  for (const name of ['storage', 'sync', 'chat', 'edge'] as const) await start(name)
  return {
    target: { address: { host: HOST, port }, secret },
    pids,
    ops,
    nats,
    startMs: performance.now() - began,
    stop: async () => {},
    pidOf: (name) => first.get(name) ?? 0,
    start,
  }
}

/** A program that runs nats-server on the server's core: whoever starts it knows only of a path. */
async function pinnedNats(folder: string): Promise<string> {
  const path = join(folder, 'nats-server.sh')
  await writeFile(path, `#!/bin/sh\nexec ${onCore(SERVER_CORE, [natsBinary()]).join(' ')} "$@"\n`)
  await chmod(path, 0o700)
  return path
}
