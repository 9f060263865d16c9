import { z } from 'zod'
import { PAGE_DEFAULT, PAGE_MAX } from '../limits.ts'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** `auth`: whether it takes an access token as `Authorization: Bearer`, or a ticket in its place. Null = no body, or none in the answer. */
export type HttpOperation = {
  readonly method: HttpMethod
  /** With parameters as `{name}`. */
  readonly path: string
  readonly summary: string
  readonly auth: boolean | 'token or ticket'
  readonly query: z.ZodType | null
  readonly body: z.ZodType | null
  readonly answers: Readonly<Record<number, z.ZodType | null>>
}
export const operation = <const O extends HttpOperation>(described: O): O => described

/** A number in a query. */
export const queryNumber = (min: number, max: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .describe(what)

/** What lists are asked with, and what they answer beside their items. */
export const next = z
  .string()
  .nullable()
  .describe('pass it as `cursor` for the next page; null = there is none')
export const limit = queryNumber(1, PAGE_MAX, `items on a page; ${PAGE_DEFAULT} if absent`).optional()
export const pageCursor = z
  .string()
  .regex(/^[A-Za-z0-9_:~-]{1,256}$/, 'must be the `next` of an earlier page')
  .optional()
