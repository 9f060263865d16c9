import { mkdir } from 'node:fs/promises'
import { readSettings } from '../../shared/config/env.ts'
import { fabricConfig, fabricSettings } from '../../shared/config/fabric.ts'
import { channelInfos, recentReads } from '../../shared/fabric/calls.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import { guardDisk } from '../../shared/fabric/disk-guard.ts'
import { createLog } from '../../shared/log/log.ts'
import { startOpsServer } from '../../shared/metrics/ops-server.ts'
import { trusted, type UserId } from '../../shared/protocol/ids.ts'
import { openParts } from '../../shared/run.ts'
import { drainOnSignal } from '../../shared/service.ts'
import { chatConfig } from '../chat/config.ts'
import { createChat } from '../chat/service.ts'
import { edgeConfig } from '../edge/config.ts'
import { createEdge } from '../edge/service.ts'
import { storageConfig } from '../storage/config.ts'
import { createStorage } from '../storage/service.ts'
import { syncConfig } from '../sync/config.ts'
import { createSync } from '../sync/service.ts'
import { allConfig } from './config.ts'
import { SupervisedNats } from './nats.ts'

/** For the owners of all partitions to serve, the end of a crashed run's leases included (ms). */
const OWNERS_LIMIT_MS = 60_000
/** A single machine's page is closed at once: its clients have nowhere else to go. */
const EMBEDDED_ENV = { WEFT_DRAIN_MS: '500', WEFT_LOG: 'warn' }

/** Everything in one process beside a child nats-server. Resolves with the page's address once it serves. */
export async function startAll(given: NodeJS.ProcessEnv): Promise<string> {
  const env = { ...EMBEDDED_ENV, ...given }
  const config = allConfig(env)
  const edgeSettings = edgeConfig(env)
  const log = createLog('weft', readSettings(fabricSettings, env).logLevel)
  await mkdir(config.data, { recursive: true, mode: 0o700 })
  const { nats, server } = await SupervisedNats.start(config, log)
  const run = fabricConfig({
    ...env,
    WEFT_NATS_URL: server.url,
    WEFT_NATS_USER: server.user,
    WEFT_NATS_PASS: server.pass,
  })
  const { fabric, directory } = await openParts(run, 'weft', log)
  const disk = guardDisk(config.data, config.diskReserveBytes, log)
  const { accepting } = disk
  const parts = { fabric, directory, log }

  const storage = await createStorage({ config: storageConfig(env), ...parts })
  const sync = await createSync({ config: syncConfig(env), ...parts, accepting })
  const chat = await createChat({ config: chatConfig(env), ...parts, accepting })
  await allServe(parts)
  const edge = await createEdge({ config: edgeSettings, ...parts })

  const services = [edge, chat, sync, storage]
  const ops = await startOpsServer(services, run.ops)
  drainOnSignal(log, services, async () => {
    ops.close()
    disk.stop()
    directory.close()
    await fabric.close()
    await nats.stop()
  })
  log.info({ url: edge.url, ops: ops.url }, 'weft is running')
  return edge.url
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
  await Promise.all([...log, ...sync])
}
