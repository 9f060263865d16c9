import type { z } from 'zod'
import type { HttpOperationName, httpOperations } from '../../../shared/protocol/http.ts'
import type { Identity } from '../auth/identity.ts'
import type { EdgeContext } from '../context.ts'
import type { HttpStream, HttpStreamHandler } from '../server/stream.ts'

/** A body whose bytes are made already. */
export const rawBody = Symbol('bytes of JSON')

export type RouteAnswer = {
  readonly status: number
  /** Absent = the answer has none. */
  readonly body?: object | { readonly [rawBody]: Uint8Array }
  readonly headers?: readonly (readonly [string, string])[]
  /** The body goes on; `body` is absent. */
  readonly stream?: (stream: HttpStream) => HttpStreamHandler
}

type Operations = typeof httpOperations
type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : null

export type Asked<Name extends HttpOperationName> = {
  readonly identity: Operations[Name]['auth'] extends false ? null : Identity
  /** Parts of the path; each has the shape of an id. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Parsed<Operations[Name]['query']>
  readonly body: Parsed<Operations[Name]['body']>
  readonly address: string
  readonly header: (name: string) => string
  /** Calls it once the client has gone without its answer. */
  readonly onAborted: (handler: () => void) => void
}

export type Route<Name extends HttpOperationName> = (
  context: EdgeContext,
  asked: Asked<Name>,
) => Promise<RouteAnswer> | RouteAnswer
