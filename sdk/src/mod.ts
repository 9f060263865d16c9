/** The public surface of weft-sdk. What isn't exported here may change at any time. */
export type { Accounts, Channels, Client, Handler, Outbox, Unsubscribe, Users } from './api.ts'
export { WeftClient } from './client.ts'
export { CLOSE_RULES, type CloseRule } from './close-codes.ts'
export { type ErrorCode, WeftError, type WireErrorCode } from './errors.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export { IndexedDbStore } from './store/indexeddb.ts'
export { MemoryStore } from './store/memory.ts'
export type * from './types.ts'
