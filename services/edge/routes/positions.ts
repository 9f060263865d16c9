import type { z } from 'zod'
import type { projected, QueueHead } from '../../../shared/fabric/calls.ts'

/** Where the store has to be, so that it reflects every event of a queue up to its head. */
export const positionsOf = ({ partition, pack, logs }: QueueHead): z.infer<typeof projected>[] =>
  [
    { kind: 'sync' as const, partition, pack },
    ...logs.map((log) => ({ kind: 'log' as const, partition: log.partition, pack: log.pack })),
  ].filter((position) => position.pack > 0)
