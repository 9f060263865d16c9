import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { KeyRing } from '../../shared/fabric/keyring.ts'
import type { TenureInfo } from '../../shared/fabric/partition-log/machine.ts'
import type { PartitionRef } from '../../shared/fabric/registry.ts'
import type { Log } from '../../shared/log/log.ts'
import type { SyncConfig } from './config.ts'
import type { SyncCommand } from './machine/commands.ts'
import type { SyncMachine } from './machine/machine.ts'

/** Everything that sync's code may use. */
export type SyncContext = {
  readonly config: SyncConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly keys: KeyRing
  readonly log: Log
}

/** One partition for the time of one tenure. */
export type PartitionContext = SyncContext & {
  readonly ref: PartitionRef
  readonly machine: SyncMachine
  readonly tenure: TenureInfo
  readonly submit: (command: SyncCommand) => void
}
