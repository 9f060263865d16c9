import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import { trusted, type WorkerId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import type { PresenceConfig } from './config.ts'
import { LastSeen } from './last-seen.ts'
import { PresencePartitions } from './partitions.ts'

export type PresenceOptions = {
  readonly config: PresenceConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
}

/** Owns presence partitions: who is there, as edges report it, for those who watch. Keeps no truth but when one was last seen. */
export async function createPresence({ config, fabric, directory, log }: PresenceOptions): Promise<Service> {
  const lastSeen = new LastSeen(directory, config, log)
  const worker = trusted<WorkerId>(randomUUID())
  const partitions = await PresencePartitions.start({ config, fabric, directory, lastSeen, log }, worker)
  return {
    name: 'presence',
    notReady: () => (fabric.connected() ? null : 'NATS is out of reach'),
    drain: async () => {
      await partitions.drain()
      await lastSeen.stop()
    },
  }
}
