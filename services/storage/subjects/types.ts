import type { Call, Handler } from '../../../shared/fabric/call.ts'
import type { StorageContext } from '../context.ts'

/** One operation: what answers a call, given what it may use. */
export type Operation<C> =
  C extends Call<infer Request, infer Response>
    ? (context: StorageContext) => Handler<Request, Response>
    : never
