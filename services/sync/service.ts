import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import { KeyRing } from '../../shared/fabric/keyring.ts'
import { PartitionHost } from '../../shared/fabric/partition-log/host.ts'
import type { PartitionRef } from '../../shared/fabric/registry.ts'
import { subjects } from '../../shared/fabric/registry.ts'
import type { Log } from '../../shared/log/log.ts'
import { trusted, type WorkerId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import type { SyncConfig } from './config.ts'
import type { SyncContext } from './context.ts'
import type { SyncCommand } from './machine/commands.ts'
import { SyncMachine } from './machine/machine.ts'
import { openSubjects } from './subjects/index.ts'

export type SyncOptions = {
  readonly config: SyncConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
  /** Null, or why nothing new may be accepted just now. */
  readonly accepting?: () => string | null
}

/** Owns SYNC partitions: numbers the events of each user's queue and hands them to the edges. */
export async function createSync({
  config,
  fabric,
  directory,
  log,
  accepting,
}: SyncOptions): Promise<Service> {
  const context: SyncContext = { config, fabric, directory, keys: await KeyRing.open(fabric), log }
  const host = await PartitionHost.start<SyncCommand>({
    fabric,
    kind: 'sync',
    partitions: directory.partitions.sync,
    worker: trusted<WorkerId>(randomUUID()),
    makeMachine: (ref, submit) => makeMachine(context, ref, submit),
    limits: config,
    ...(accepting === undefined ? {} : { accepting }),
    log,
  })
  return {
    name: 'sync',
    notReady: () => (fabric.connected() ? null : 'NATS is out of reach'),
    drain: () => host.drain(),
  }
}

function makeMachine(
  context: SyncContext,
  ref: PartitionRef,
  submit: (command: SyncCommand) => void,
): SyncMachine {
  const { post, region } = context.fabric
  return new SyncMachine({
    partition: ref.partition,
    limits: context.config,
    outlet: {
      toEdge: (edge, bytes) => post.send(subjects.events(region, edge), bytes),
      toLogOwner: (logPartition, term, bytes) =>
        post.send(subjects.bundled(region, logPartition, term), bytes),
    },
    now: () => performance.now(),
    open: (machine, tenure) => openSubjects({ ...context, ref, machine, tenure, submit }),
    submit,
    log: context.log,
  })
}
