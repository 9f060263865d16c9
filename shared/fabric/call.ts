import { headers, type Msg, RequestError, TimeoutError } from '@nats-io/transport-node'
import { z } from 'zod'
import type { Log } from '../log/log.ts'
import { counter, histogram } from '../metrics/metrics.ts'
import { ERROR_CODES, toWeftError, unavailable, WeftError } from '../protocol/errors.ts'
import type { Fabric } from './connection.ts'
import { TRACEPARENT, traceparent } from './trace.ts'

/**
 * A request to another service: its name, the shape of what is asked and of what is answered. The bodies are JSON, or
 * bytes of a codec of their own where JSON would be made twice.
 */
export type Call<Request, Response> = {
  readonly name: string
  /** Whether it may be sent again when no answer came. */
  readonly idempotent: boolean
  readonly encodeRequest: (request: Request) => Uint8Array
  readonly decodeRequest: (bytes: Uint8Array) => Request
  readonly encodeResponse: (response: Response) => Uint8Array
  readonly decodeResponse: (bytes: Uint8Array) => Response
}

export const toJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
export const fromJson = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString())

export function jsonCall<Request, Response>(
  name: string,
  request: z.ZodType<Request>,
  response: z.ZodType<Response>,
  { idempotent }: { readonly idempotent: boolean },
): Call<Request, Response> {
  return {
    name,
    idempotent,
    encodeRequest: toJson,
    decodeRequest: (bytes) => request.parse(fromJson(bytes)),
    encodeResponse: toJson,
    decodeResponse: (bytes) => response.parse(fromJson(bytes)),
  }
}

const OK = 0
const FAILED = 1
/** One attempt of an idempotent call waits this long before it is tried again (ms). */
const ATTEMPT_MS = 1_500
const BACKOFF_FIRST_MS = 20
const BACKOFF_LAST_MS = 500
/** A whole call, with its retries (ms). */
export const CALL_DEADLINE_MS = 4_000

const errorShape = z.object({
  code: z.enum([...ERROR_CODES]),
  message: z.string(),
  retryAfter: z.number().optional(),
})
const served = histogram('weft_call_seconds', 'Time to answer a request of another service', [
  'call',
  'outcome',
])
const retried = counter('weft_call_retries_total', 'Requests to another service that were sent again', [
  'call',
])

/** A client may see the message; which call it was is in the cause, for the log. */
const notNow = (what: string, cause?: unknown) =>
  unavailable('this can’t be answered just now; try again', 1, new Error(what, { cause }))

export type CallOptions = { readonly deadlineMs?: number; readonly trace?: string }

/**
 * Sends a request and waits for its answer until the deadline; idempotent calls are repeated meanwhile.
 * `subjectNow` says where to at each attempt, since a partition's owner may change: undefined = nobody just now.
 * @throws WeftError as the other side gave it, or `unavailable`.
 */
export async function callAt<Request, Response>(
  fabric: Fabric,
  call: Call<Request, Response>,
  subjectNow: () => string | undefined,
  request: Request,
  { deadlineMs = CALL_DEADLINE_MS, trace }: CallOptions = {},
): Promise<Response> {
  const payload = call.encodeRequest(request)
  const end = performance.now() + deadlineMs
  for (let attempt = 0; ; attempt++) {
    const left = end - performance.now()
    const subject = subjectNow()
    if (subject !== undefined && left > 0) {
      const head = headers()
      head.set(TRACEPARENT, traceparent(trace))
      try {
        const timeout = call.idempotent ? Math.min(left, ATTEMPT_MS) : left
        return readAnswer(call, await fabric.nc.request(subject, payload, { timeout, headers: head }))
      } catch (error) {
        if (error instanceof WeftError) throw error
        // "No responders" was never received by anyone, so even what isn't idempotent may go again.
        const unheard = error instanceof RequestError && error.isNoResponders()
        const mayRetry =
          unheard || (call.idempotent && (error instanceof TimeoutError || !fabric.connected()))
        if (!mayRetry && !(error instanceof TimeoutError)) throw notNow(`${call.name} failed`, error)
        if (!mayRetry) throw notNow(`${call.name} was not answered in time`, error)
      }
    }
    const backoff = Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** attempt) + 5
    if (performance.now() + backoff >= end) throw notNow(`${call.name} was not answered in time`)
    retried.inc({ call: call.name })
    await new Promise((resolve) => setTimeout(resolve, backoff))
  }
}

function readAnswer<Request, Response>(call: Call<Request, Response>, message: Msg): Response {
  const body = message.data.subarray(1)
  if (message.data[0] === OK) return call.decodeResponse(body)
  const { code, message: text, retryAfter } = errorShape.parse(fromJson(body))
  throw new WeftError(code, text, retryAfter === undefined ? {} : { retryAfter })
}

const withStatus = (status: number, body: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(status), body])

export type CallInfo = { readonly trace: string | undefined }
/** `SILENT` = answer nothing at all (an owner whose lease has run out). */
export const SILENT = Symbol('no answer')
export type Handler<Request, Response> = (
  request: Request,
  info: CallInfo,
) => Promise<Response | typeof SILENT> | Response | typeof SILENT

/** Answers a call at a subject until the returned function is called. A request of the wrong shape is `bad_frame`. */
export function serve<Request, Response>(
  fabric: Fabric,
  log: Log,
  call: Call<Request, Response>,
  subject: string,
  handler: Handler<Request, Response>,
  queue?: string,
): () => void {
  const answer = async (message: Msg) => {
    const timer = served.startTimer({ call: call.name })
    try {
      const trace = message.headers?.get(TRACEPARENT)
      const response = await handler(call.decodeRequest(message.data), {
        trace: trace === '' ? undefined : trace,
      })
      if (response !== SILENT) message.respond(withStatus(OK, call.encodeResponse(response)))
      timer({ outcome: 'ok' })
    } catch (error) {
      const failure =
        error instanceof z.ZodError ? new WeftError('bad_frame', z.prettifyError(error)) : toWeftError(error)
      if (!(error instanceof WeftError))
        log.error({ err: error, call: call.name }, 'a request failed unexpectedly')
      const { code, message: text, retryAfter } = failure
      message.respond(withStatus(FAILED, toJson({ code, message: text, retryAfter })))
      timer({ outcome: code })
    }
  }
  const subscription = fabric.nc.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error) log.error({ err: error, call: call.name }, 'the subscription for a call broke')
      else void answer(message)
    },
  })
  return () => subscription.unsubscribe()
}
