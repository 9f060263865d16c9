import type { z } from 'zod'
import { traceparent } from '../../../shared/fabric/trace.ts'
import { ERRORS, toWeftError, WeftError } from '../../../shared/protocol/errors.ts'
import { flawIn } from '../../../shared/protocol/flaws.ts'
import { type HttpOperation, type HttpOperationName, httpOperations } from '../../../shared/protocol/http.ts'
import { ID_PATTERN } from '../../../shared/protocol/ids.ts'
import type { Identity } from '../auth/identity.ts'
import type { EdgeContext } from '../context.ts'
import { explain } from '../frames/index.ts'
import { metrics } from '../metrics.ts'
import { routes } from '../routes/index.ts'
import { type RouteAnswer, rawBody } from '../routes/types.ts'
import type { StorageProbe } from './readiness.ts'
import { SECURITY_HEADERS, type StaticFiles } from './static-files.ts'
import type { HttpAnswer, HttpRequest } from './uws.ts'

export type Readiness = {
  /** What is missing, in a few words; null = clients can be served. */
  readonly notReady: () => string | null
  readonly storage: StorageProbe
}

type Headers = readonly (readonly [string, string])[]

/** `/v1/users/{user}` as an expression whose groups are the parameters. */
const table = (Object.keys(httpOperations) as HttpOperationName[]).map((name) => {
  const operation: HttpOperation = httpOperations[name]
  const source = operation.path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]*)')
  return { name, operation, expression: new RegExp(`^${source}$`) }
})

const bad = (message: string) => new WeftError('bad_frame', message)

/** Answers every HTTP request but the upgrade to a WebSocket. */
export async function onHttp(
  context: EdgeContext,
  files: StaticFiles,
  readiness: Readiness,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const cors = corsHeaders(context.config.corsOrigins, request)
  if (request.method === 'OPTIONS')
    return { status: 204, headers: [...cors, ...preflight(request, cors)], body: null }
  const health = await healthAnswer(request.path, readiness)
  if (health !== null) return health
  const matches = table.flatMap((row) => {
    const match = row.expression.exec(request.path)
    return match === null ? [] : [{ ...row, params: match.groups ?? {} }]
  })
  if (matches.length === 0) {
    const file = files(request)
    if (file !== null) return file
    if (request.path === '/v1/ws') return errorAnswer(bad('connect here with a WebSocket'), cors)
    return errorAnswer(new WeftError('not_found', 'there is nothing at this path'), cors)
  }
  // The server leaves the body away.
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const found = matches.find(({ operation }) => operation.method === method)
  if (found === undefined) {
    const allow = matches.map(({ operation }) => operation.method).join(', ')
    return errorAnswer(bad(`this path takes ${allow}`), [...cors, ['allow', allow]])
  }
  try {
    const answer = await serve(
      traced(context, request.header('traceparent')),
      found.name,
      found.operation,
      found.params,
      request,
    )
    metrics.requests.inc({ operation: found.name, status: String(answer.status) })
    return jsonAnswer(answer, cors)
  } catch (error) {
    if (!(error instanceof WeftError))
      context.log.error({ err: error, operation: found.name }, 'a request failed unexpectedly')
    else if (error.cause !== undefined && error.code === 'unavailable')
      context.log.warn({ err: error.cause, operation: found.name }, 'a request could not be answered')
    const refusal = toWeftError(error)
    metrics.requests.inc({ operation: found.name, status: String(ERRORS[refusal.code].status) })
    return errorAnswer(refusal, cors)
  }
}

/** The context of one request: all calls that it makes of other services share the trace that it came with, or a new one. */
function traced(context: EdgeContext, parent: string): EdgeContext {
  const directory = context.directory.traced(traceparent(parent))
  return { ...context, directory, users: context.users.through(directory) }
}

/** Validates, authorises, and runs the operation. */
async function serve(
  context: EdgeContext,
  name: HttpOperationName,
  operation: HttpOperation,
  params: Readonly<Record<string, string>>,
  request: HttpRequest,
): Promise<RouteAnswer> {
  const identity = await identityOf(context, operation, request)
  for (const [param, value] of Object.entries(params))
    if (!ID_PATTERN.test(value)) throw bad(`${param}: must be 1 to 64 characters of A-Z a-z 0-9 _ -`)
  const given = queryOf(request.query)
  const query = operation.query === null ? null : parse(operation.query, given)
  const body = operation.body === null ? null : parse(operation.body, bodyOf(request.body, name))
  // The operation's own schemas have just checked these, and its handler is typed by the same ones.
  const route = routes[name] as (context: EdgeContext, asked: unknown) => Promise<RouteAnswer>
  if (identity !== null) await context.users.ensure(identity)
  const { address, header, onAborted } = request
  return route(context, { identity, params, query, body, address, header, onAborted })
}

async function identityOf(
  context: EdgeContext,
  { auth }: HttpOperation,
  request: HttpRequest,
): Promise<Identity | null> {
  if (auth === false) return null
  const ticket = auth === 'token or ticket' ? new URLSearchParams(request.query).get('ticket') : null
  return ticket === null ? authorise(context, request) : context.tickets.use(ticket)
}

async function authorise({ tokens, revocations }: EdgeContext, request: HttpRequest) {
  const match = /^Bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(request.header('authorization'))
  if (match?.[1] === undefined)
    throw new WeftError('unauthenticated', 'an access token is needed: Authorization: Bearer <token>')
  const identity = await tokens.verify(match[1])
  if (revocations.isRevoked(identity.family)) throw new WeftError('unauthenticated', 'this log-in was ended')
  return identity
}

function parse(schema: z.ZodType, given: unknown): unknown {
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw bad(explain(parsed.error))
  return parsed.data
}

function bodyOf(bytes: Buffer, name: HttpOperationName): unknown {
  if (bytes.length === 0) return undefined
  let given: unknown
  try {
    given = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw bad('the body is not JSON')
  }
  // A command says so itself, in a frame.
  const flaw = name === 'command' || typeof given !== 'object' || given === null ? undefined : flawIn(given)
  if (flaw !== undefined) throw bad(flaw)
  return given
}

function queryOf(text: string): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === 'token' || name === 'access_token') throw bad(`${name}: a token is never accepted in a URL`)
    query[name] = value
  }
  return query
}

const JSON_HEADERS: Headers = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-store'],
  ...SECURITY_HEADERS,
]

const STREAM_HEADERS: Headers = [['cache-control', 'no-store'], ...SECURITY_HEADERS]

function jsonAnswer({ status, body, headers = [], stream }: RouteAnswer, cors: Headers): HttpAnswer {
  if (stream !== undefined)
    return { status, headers: [...STREAM_HEADERS, ...cors, ...headers], body: null, stream }
  if (body === undefined) return { status, headers: [...SECURITY_HEADERS, ...cors, ...headers], body: null }
  const bytes = rawBody in body ? body[rawBody] : JSON.stringify(body)
  return { status, headers: [...JSON_HEADERS, ...cors, ...headers], body: bytes }
}

export function errorAnswer(error: WeftError, headers: Headers = []): HttpAnswer {
  const { code, message, retryAfter } = error
  const retry = retryAfter === undefined ? {} : { retry_after: retryAfter }
  return {
    status: ERRORS[code].status,
    headers: [
      ...JSON_HEADERS,
      ...headers,
      ...(retryAfter === undefined ? [] : [['retry-after', String(Math.ceil(retryAfter))] as const]),
      ...(code === 'unauthenticated' ? [['www-authenticate', 'Bearer'] as const] : []),
    ],
    body: JSON.stringify({ error: { code, message, ...retry } }),
  }
}

async function healthAnswer(path: string, { notReady, storage }: Readiness): Promise<HttpAnswer | null> {
  const text = (status: number, body: string): HttpAnswer => ({
    status,
    headers: [['content-type', 'text/plain; charset=utf-8']],
    body,
  })
  if (path === '/healthz') return text(200, 'ok\n')
  if (path !== '/readyz') return null
  const missing = notReady()
  if (missing !== null) return text(503, `${missing}\n`)
  const degraded = (await storage.answers()) ? '' : 'degraded: storage does not answer\n'
  return text(200, `ready\n${degraded}`)
}

export function corsHeaders(origins: readonly string[], request: Pick<HttpRequest, 'header'>): Headers {
  const origin = request.header('origin')
  if (origin === '' || !(origins.includes('*') || origins.includes(origin))) return []
  return [
    ['access-control-allow-origin', origins.includes('*') ? '*' : origin],
    ['access-control-expose-headers', 'retry-after'],
    ['vary', 'origin'],
  ]
}

const preflight = (request: HttpRequest, cors: Headers): Headers =>
  cors.length === 0 || request.header('access-control-request-method') === ''
    ? [['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']]
    : [
        ['access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE'],
        ['access-control-allow-headers', 'authorization, content-type, last-event-id, weft-session'],
        ['access-control-max-age', '600'],
      ]
