import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import { KeyRing } from '../../shared/fabric/keyring.ts'
import { buckets } from '../../shared/fabric/registry.ts'
import { partitionRefs, SetupRefused } from '../../shared/fabric/setup.ts'
import type { Log } from '../../shared/log/log.ts'
import { trusted, type WorkerId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import { AccessTokens } from './accounts/access-tokens.ts'
import { FailedLogIns } from './accounts/failed-log-ins.ts'
import { Passwords } from './accounts/passwords.ts'
import type { StorageConfig } from './config.ts'
import { lastOfStream } from './projection/check-stream.ts'
import { Progress } from './projection/progress.ts'
import { Projector } from './projection/projector.ts'
import { Sweeper } from './projection/sweeper.ts'
import { Bodies } from './reads/bodies.ts'
import { History } from './reads/history.ts'
import { Queues } from './reads/queues.ts'
import { ReplicaCheck } from './replica-check.ts'
import { openSqlite } from './store/sqlite/threaded-store.ts'
import { type Store, StoreRefused } from './store/store.ts'
import { openSubjects } from './subjects/index.ts'
import { Trimmer } from './trimmer.ts'

export type StorageOptions = {
  readonly config: StorageConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
  /** Another store than SQLite. */
  readonly store?: Store
}

/**
 * Keeps what is kept for years: takes the logs into the store, and answers from it.
 * @throws SetupRefused if a log is gone or shorter than what the store has, or the store is a newer program's.
 */
export async function createStorage(options: StorageOptions): Promise<Service> {
  const { config, fabric, directory, log } = options
  const store = options.store ?? (await openSqlite(config.path).catch(refused))
  const refs = (['log', 'sync'] as const).flatMap((kind) =>
    partitionRefs(fabric.region, kind, directory.partitions[kind]),
  )
  const progress = new Progress()
  for (const ref of refs) {
    const pack = (await store.position(ref.kind, ref.partition))?.pack ?? 0
    await lastOfStream(fabric, ref, pack)
    progress.moved({ ...ref, pack })
  }
  const following = refs.map((ref) => progress.follow(fabric, ref, log))
  const bodies = new Bodies(await KeyRing.open(fabric), log)
  const leases = await fabric.kvm.open(buckets.leases(fabric.region))
  const worker = trusted<WorkerId>(randomUUID())
  const projectors = refs.map(
    (ref) =>
      new Projector({
        fabric,
        ref,
        store,
        leases,
        worker,
        progress,
        lingerMs: config.lingerMs,
        sweeper:
          ref.kind === 'log'
            ? new Sweeper({ store, directory, progress, log, partition: ref.partition })
            : null,
        log,
      }),
  )
  const trimmer = new Trimmer(store, config, log)
  const { region } = fabric
  const { partitions } = directory
  const replicaCheck = new ReplicaCheck({
    monitors: config.natsMonitors,
    everyMs: config.replicaCheckMs,
    region,
    partitions,
    log,
  })
  const close = openSubjects({
    config,
    fabric,
    directory,
    store,
    progress,
    bodies,
    history: new History(store, bodies, config.historyCacheBytes),
    queues: new Queues(store, bodies),
    passwords: new Passwords(config.hash),
    access: await AccessTokens.open(store, config.accessTokenS),
    failedLogIns: config.limits === 'off' ? null : new FailedLogIns(config.failedLogInsBurst),
    revoked: await fabric.kvm.open(buckets.revoked(fabric.region)),
    log,
  })
  return {
    name: 'storage',
    notReady: () => (fabric.connected() ? null : 'NATS is out of reach'),
    drain: async () => {
      close()
      for (const stop of following) stop()
      await Promise.all([
        ...projectors.map((projector) => projector.stop()),
        trimmer.stop(),
        replicaCheck.stop(),
      ])
      await store.close()
    },
  }
}

function refused(error: unknown): never {
  throw error instanceof StoreRefused ? new SetupRefused(error.message) : error
}
