import type { KV } from '@nats-io/kv'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import type { AccessTokens } from './accounts/access-tokens.ts'
import type { FailedLogIns } from './accounts/failed-log-ins.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { StorageConfig } from './config.ts'
import type { Progress } from './projection/progress.ts'
import type { Bodies } from './reads/bodies.ts'
import type { History } from './reads/history.ts'
import type { Queues } from './reads/queues.ts'
import type { Store } from './store/store.ts'

/** Everything that storage's code may use. */
export type StorageContext = {
  readonly config: StorageConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly store: Store
  readonly progress: Progress
  readonly bodies: Bodies
  readonly history: History
  readonly queues: Queues
  readonly passwords: Passwords
  readonly access: AccessTokens
  /** Null where limits are off. */
  readonly failedLogIns: FailedLogIns | null
  readonly revoked: KV
  readonly log: Log
}
