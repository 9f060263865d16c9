import crypto from 'k6/crypto'
import encoding from 'k6/encoding'

const LIFETIME_S = 12 * 3_600

/** A token as the operator's own backend would sign it (HS256), good for 12 h. */
export function mintToken(secret: string, user: string): string {
  const part = (value: object) => encoding.b64encode(JSON.stringify(value), 'rawurl')
  const exp = Math.floor(Date.now() / 1_000) + LIFETIME_S
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, exp, name: user })}`
  return `${signed}.${crypto.hmac('sha256', secret, signed, 'base64rawurl')}`
}
