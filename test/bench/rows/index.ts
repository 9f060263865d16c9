import type { Row } from '../row.ts'
import { group } from './group.ts'
import { latency } from './latency.ts'
import { oneToOne } from './one-to-one.ts'

/** In the order of the report. */
export const rows: readonly Row[] = [oneToOne, latency, group]
