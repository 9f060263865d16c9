import { randomBytes } from 'node:crypto'

/**
 * W3C traceparent: what ties the hops of one request together across services. The edge takes it from the HTTP request, or
 * begins one, and gives it to every call that the request makes of another service.
 */
export const TRACEPARENT = 'traceparent'

const SHAPE = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/

/** A new trace, or the next hop of the given one. */
export function traceparent(parent?: string): string {
  const span = randomBytes(8).toString('hex')
  const match = parent === undefined ? null : SHAPE.exec(parent)
  return match === null
    ? `00-${randomBytes(16).toString('hex')}-${span}-00`
    : `00-${match[1]}-${span}-${match[2]}`
}
