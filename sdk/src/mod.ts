/** The public surface of weft-sdk. What isn't exported here may change at any time. */
export type * from './api/administration.ts'
export type * from './api/client.ts'
export type * from './api/mine.ts'
export { WeftClient } from './client.ts'
export { CLOSE_RULES, type CloseRule } from './close-codes.ts'
export { type ErrorCode, WeftError, type WireErrorCode } from './errors.ts'
export type * from './events.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type * from './options.ts'
export { readersOf, tickOf } from './receipts.ts'
export {
  can,
  leastRole,
  RIGHTS,
  type Right,
  type Rights,
  ROLES,
  type Role,
  reaches,
  rolesForRight,
  rolesToGive,
} from './rights.ts'
export { IndexedDbStore } from './store/indexeddb.ts'
export { MemoryStore } from './store/memory.ts'
export { TRANSPORTS, type TransportName } from './transport/transport.ts'
export type * from './types.ts'
