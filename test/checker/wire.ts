import { createHmac } from 'node:crypto'

/** What PROTOCOL.md says of tokens, bodies and answers, as far as reading needs it. */

const TOKEN_LIFE_S = 3_600

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An access token of the customer's own (HS256). */
export function mintToken(secret: string, user: string): string {
  const payload = { sub: user, exp: Math.floor(Date.now() / 1_000) + TOKEN_LIFE_S }
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export type Json = { readonly [field: string]: unknown }

export function objectOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`not an object: ${JSON.stringify(value)}`)
  return { ...value }
}

export function stringOf(object: Json, field: string): string {
  const value = object[field]
  if (typeof value !== 'string') throw new Error(`${field} is not a string: ${JSON.stringify(object)}`)
  return value
}

export function numberOf(object: Json, field: string): number {
  const value = object[field]
  if (typeof value !== 'number') throw new Error(`${field} is not a number: ${JSON.stringify(object)}`)
  return value
}

/** A message's text: its body, or the body's `text`. */
export function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  const { text } = objectOf(body)
  return typeof text === 'string' ? text : JSON.stringify(body)
}
