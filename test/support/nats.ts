import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../../shared/fabric/nats-server.ts'

export type TestNats = {
  /** The running server; another one after `restart`. */
  readonly server: () => NatsServer
  readonly url: string
  readonly port: number
  /** What `connectFabric` takes. */
  readonly fabric: { servers: readonly string[]; region: string; user: string; pass: string }
  readonly dataDir: string
  /** kill -9. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same port and data, after `kill` or `server().stop()`. */
  readonly restart: () => Promise<void>
  /** Stops it and removes its folder. */
  readonly stop: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** The nats-server that `npm test` provisioned. */
export function natsBinary(): string {
  const binary = process.env.WEFT_NATS_SERVER
  if (binary === undefined) throw new Error('WEFT_NATS_SERVER is not set: run the tests by `npm test`')
  return binary
}

type TestNatsOptions = Pick<NatsServerOptions, 'maxFileStoreBytes' | 'monitor' | 'syncInterval'> & {
  /** Instead of the provisioned one: something that runs it. */
  readonly binary?: string
  /** Folder to use and keep, instead of a fresh one that `stop` removes. */
  readonly dataDir?: string
}

/** A fresh nats-server in a folder of its own, on a free port. */
export async function startTestNats({
  dataDir: given,
  binary,
  ...options
}: TestNatsOptions = {}): Promise<TestNats> {
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'weft-nats-')))
  const start = (port?: number) =>
    startNatsServer({
      ...options,
      dataDir,
      binary: binary ?? natsBinary(),
      ...(port === undefined ? {} : { port }),
    })
  let server = await start()
  const { url, port, user, pass } = server
  const stop = async () => {
    await server.stop()
    if (given === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  return {
    server: () => server,
    url,
    port,
    fabric: { servers: [url], region: 'test', user, pass },
    dataDir,
    kill: () => server.kill(),
    restart: async () => {
      server = await start(port)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
