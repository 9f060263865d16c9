import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import { KeyRing } from '../../shared/fabric/keyring.ts'
import { PartitionHost } from '../../shared/fabric/partition-log/host.ts'
import type { Log } from '../../shared/log/log.ts'
import { trusted, type WorkerId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import type { ChatConfig } from './config.ts'
import { ChatMachine } from './machine/chat-machine.ts'
import type { ChatCommand } from './machine/commands.ts'

export type ChatOptions = {
  readonly config: ChatConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
  /** Null, or why no sends may be accepted just now. */
  readonly accepting?: () => string | null
}

/** Owns LOG partitions: orders messages and membership, acks them, hands them to the queues. */
export async function createChat({
  config,
  fabric,
  directory,
  log,
  accepting,
}: ChatOptions): Promise<Service> {
  const context = { config, fabric, directory, keys: await KeyRing.open(fabric), log }
  const host = await PartitionHost.start<ChatCommand>({
    fabric,
    kind: 'log',
    partitions: directory.partitions.log,
    worker: trusted<WorkerId>(randomUUID()),
    limits: config,
    makeMachine: (ref, submit) => new ChatMachine(context, ref, submit),
    ...(accepting === undefined ? {} : { accepting }),
    log,
  })
  return {
    name: 'chat',
    notReady: () => (fabric.connected() ? null : 'NATS is out of reach'),
    drain: () => host.drain(),
  }
}
