import { createHmac } from 'node:crypto'

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A customer's own token (HS256), as PROTOCOL.md describes it. */
export function mintToken(
  secret: string,
  user: string,
  claims: Readonly<Record<string, unknown>> = {},
): string {
  const payload = { sub: user, exp: Math.floor(Date.now() / 1000) + 3_600, name: user, ...claims }
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
