import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import type { PresenceConfig } from './config.ts'
import type { LastSeen } from './last-seen.ts'
import type { People } from './machine/people.ts'

/** Everything that presence's code may use. */
export type PresenceContext = {
  readonly config: PresenceConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly lastSeen: LastSeen
  readonly log: Log
}

/** One partition for the time of one lease. */
export type PartitionContext = PresenceContext & {
  readonly partition: number
  readonly term: number
  readonly people: People
}
