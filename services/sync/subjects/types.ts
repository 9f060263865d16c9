import type { Call } from '../../../shared/fabric/call.ts'

/** What a call asks, and what it answers. */
export type Asked<C> = C extends Call<infer Request, infer _Response> ? Request : never
export type Answer<C> = C extends Call<infer _Request, infer Response> ? Response : never
