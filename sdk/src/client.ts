import type { Client } from './api.ts'
import type { WeftOptions } from './types.ts'

declare const WeftClient: new (options?: WeftOptions) => Client

export { WeftClient }
