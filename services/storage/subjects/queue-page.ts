import type { queuePage } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const queuePageOperation: Operation<typeof queuePage> =
  ({ queues }) =>
  ({ user, after }) =>
    queues.page(user, after)
