import type { Row } from '../row.ts'
import { broadcast, broadcastSse } from './broadcast.ts'
import { cluster, clusterTakeOver } from './cluster.ts'
import { comeBack } from './come-back.ts'
import { fanOut } from './fan-out.ts'
import { group } from './group.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { oneToOne } from './one-to-one.ts'
import { overload, overloadOneToOne } from './overload.ts'
import { presence } from './presence.ts'
import { scaling } from './scaling.ts'
import { storm } from './storm.ts'
import { takeOver } from './take-over.ts'
import { yardstick } from './yardstick.ts'

/** In the order of the report. */
export const rows: readonly Row[] = [
  yardstick,
  oneToOne,
  latency,
  group,
  broadcast,
  broadcastSse,
  overload,
  overloadOneToOne,
  memory,
  fanOut,
  storm,
  comeBack,
  takeOver,
  presence,
  cluster,
  clusterTakeOver,
  ...scaling,
]
