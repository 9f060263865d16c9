import type { z } from 'zod'
import { WeftError } from '../../../shared/protocol/errors.ts'

const NEXT = /^after:([A-Za-z0-9_-]{1,64})$/

/** The `next` of a page that ended with this id; null if there is no more. */
export const nextAfter = (id: string | undefined, more: boolean): string | null =>
  more && id !== undefined ? `after:${id}` : null

/**
 * The id that a page begins after; null = at the start.
 * @throws `bad_frame` if the cursor isn't a `next` of ours.
 */
export function afterOf<Id>(schema: z.ZodType<Id>, cursor: string | undefined): Id | null {
  if (cursor === undefined) return null
  const after = schema.safeParse(NEXT.exec(cursor)?.[1])
  if (!after.success) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return after.data
}
