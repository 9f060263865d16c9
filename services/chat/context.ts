import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { KeyRing } from '../../shared/fabric/keyring.ts'
import type { Log } from '../../shared/log/log.ts'
import type { ChatConfig } from './config.ts'

/** Everything that chat's code may use. */
export type ChatContext = {
  readonly config: ChatConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly keys: KeyRing
  readonly log: Log
}
