import { mkdir } from 'node:fs/promises'
import { ConfigError, readSettings } from '../../shared/config/env.ts'
import { fabricConfig, fabricSettings } from '../../shared/config/fabric.ts'
import { channelInfos, recentReads } from '../../shared/fabric/calls.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import { guardDisk } from '../../shared/fabric/disk-guard.ts'
import { createLog, type Log } from '../../shared/log/log.ts'
import { startOpsServer } from '../../shared/metrics/ops-server.ts'
import { trusted, type UserId } from '../../shared/protocol/ids.ts'
import { openParts } from '../../shared/run.ts'
import { drainOnSignal } from '../../shared/service.ts'
import { StartRefused } from '../../shared/start-refused.ts'
import { chatConfig } from '../chat/config.ts'
import { createChat } from '../chat/service.ts'
import { edgeConfig } from '../edge/config.ts'
import { createEdge } from '../edge/service.ts'
import { presenceConfig } from '../presence/config.ts'
import { createPresence } from '../presence/service.ts'
import { storageConfig } from '../storage/config.ts'
import { createStorage } from '../storage/service.ts'
import { syncConfig } from '../sync/config.ts'
import { createSync } from '../sync/service.ts'
import { type AllConfig, allConfig } from './config.ts'
import { SupervisedNats } from './nats.ts'

/** For the owners of all partitions to serve, the end of a crashed run's leases included (ms). */
const OWNERS_LIMIT_MS = 60_000
/** A single machine's page is closed at once: its clients have nowhere else to go. */
const EMBEDDED_ENV = { WEFT_DRAIN_MS: '500', WEFT_LOG: 'warn' }

/** For what had started when another part failed to (ms). */
const UNDO_LIMIT_MS = 10_000

/**
 * Everything in one process beside a child nats-server. Resolves with the page's address once it serves. What it
 * started ends, newest first, on a signal or if something fails.
 * @throws ConfigError, SetupRefused or StartRefused, once nothing is left running.
 */
export async function startAll(given: NodeJS.ProcessEnv): Promise<string> {
  const env = { ...EMBEDDED_ENV, ...given }
  const config = allConfig(env)
  const log = createLog('weft', readSettings(fabricSettings, env).logLevel)
  const undo: (() => Promise<void> | void)[] = []
  let isEnding = false
  const end = async () => {
    isEnding = true
    const errors: unknown[] = []
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything ended as it should')
  }
  drainOnSignal(log, [], end)
  try {
    return await startParts(env, config, log, undo)
  } catch (error) {
    // A signal ends the process already; what fails to start meanwhile fails because of that.
    if (isEnding) return new Promise(() => {})
    const { level } = log
    // What is torn down complains of what it lost; whoever started this is told the cause alone.
    log.level = 'silent'
    const limit = new Promise<void>((resolve) => setTimeout(resolve, UNDO_LIMIT_MS).unref())
    await Promise.race([end(), limit]).catch((err: unknown) => {
      log.level = level
      log.error({ err }, 'not everything ended after a failed start')
    })
    throw error
  }
}

async function startParts(
  env: NodeJS.ProcessEnv,
  config: AllConfig,
  log: Log,
  undo: (() => Promise<void> | void)[],
): Promise<string> {
  const edgeSettings = edgeConfig(env)
  await makeFolder(config.data)
  const { nats, server } = await SupervisedNats.start(config, log)
  undo.push(() => nats.stop())
  const run = fabricConfig({
    ...env,
    WEFT_NATS_URL: server.url,
    WEFT_NATS_USER: server.user,
    WEFT_NATS_PASS: server.pass,
  })
  const { fabric, directory } = await openParts(run, 'weft', log)
  undo.push(() => fabric.close())
  undo.push(() => directory.close())
  const disk = guardDisk(config.data, config.diskReserveBytes, log)
  undo.push(() => disk.stop())
  const { accepting } = disk
  const parts = { fabric, directory, log }

  const storage = await createStorage({ config: storageConfig(env), ...parts })
  undo.push(() => storage.drain())
  const sync = await createSync({ config: syncConfig(env), ...parts, accepting })
  undo.push(() => sync.drain())
  const chat = await createChat({ config: chatConfig(env), ...parts, accepting })
  undo.push(() => chat.drain())
  const presence = await createPresence({ config: presenceConfig(env), ...parts })
  undo.push(() => presence.drain())
  await allServe(parts)
  const edge = await createEdge({ config: edgeSettings, ...parts })
  undo.push(() => edge.drain())

  const ops = await startOpsServer([edge, chat, sync, presence, storage], run.ops).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new StartRefused(`${why}: set WEFT_OPS_HOST or WEFT_OPS_PORT to what is free`, { exitCode: 2 })
  })
  undo.push(() => ops.close())
  log.info({ url: edge.url, ops: ops.url }, 'weft is running')
  return edge.url
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`WEFT_DATA=${JSON.stringify(path)} can't be used as a folder: ${why}`)
  }
}

/** Waits until the owner of every partition answers. A lease alone proves nothing: a killed run left its own behind. */
async function allServe({ directory }: { readonly directory: Directory }): Promise<void> {
  const options = { deadlineMs: OWNERS_LIMIT_MS }
  const user = trusted<UserId>('nobody')
  const { partitions } = directory
  const log = Array.from({ length: partitions.log }, (_, partition) =>
    directory.callPartition(channelInfos, 'log', partition, { channels: [], user }, options),
  )
  const sync = Array.from({ length: partitions.sync }, (_, partition) =>
    directory.callPartition(recentReads, 'sync', partition, { user }, options),
  )
  await Promise.all([...log, ...sync]).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    const text = `the partitions were not served within ${OWNERS_LIMIT_MS / 1000} s (${why}): WEFT_LOG=info tells more`
    throw new StartRefused(text, { cause: error })
  })
}
