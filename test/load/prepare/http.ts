import { setTimeout as wait } from 'node:timers/promises'

/** A call that is refused for a passing reason is made again within this. */
const LIMIT_MS = 120_000
const CALL_LIMIT_MS = 30_000
const RETRY_MS = 500

type Answer = { readonly status: number; readonly body: unknown }
type Call = { readonly token?: string; readonly body?: object; readonly accept: readonly number[] }

/** @throws Error with the fabric's own words if the answer isn't one of `accept`, or none comes in time. */
export async function call(method: string, address: string, { token, body, accept }: Call): Promise<Answer> {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    const response = await fetch(address, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
    const text = await response.text()
    if (accept.includes(response.status)) return { status: response.status, body: JSON.parse(text) }
    const mayPass = response.status === 429 || response.status === 503
    if (!mayPass || performance.now() > end)
      throw new Error(`${method} ${address} answered ${response.status}: ${text}`)
    await wait(Math.max(RETRY_MS, Number(response.headers.get('retry-after') ?? 0) * 1_000))
  }
}

/** The text at that path of an answer. @throws Error if there is none. */
export function textAt(body: unknown, ...path: readonly string[]): string {
  let found = body
  for (const name of path) found = isObject(found) ? found[name] : undefined
  if (typeof found !== 'string') throw new Error(`no ${path.join('.')} in ${JSON.stringify(body)}`)
  return found
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
