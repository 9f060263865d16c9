import { randomBytes } from 'node:crypto'

/** W3C traceparent: what ties a request's hops together across services. */
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
