import { WeftError } from '../../../shared/protocol/errors.ts'
import { MAX_SEQ } from '../../../shared/protocol/limits.ts'

/** A place in a user's queue. */
export type Cursor = { readonly epoch: string; readonly n: number }

const SHAPE = /^([A-Za-z0-9_-]{1,64}):(\d{1,15})$/

/** @throws `bad_frame` that names the cursor. */
export function parseCursor(text: string): Cursor {
  const match = SHAPE.exec(text)
  const n = Number(match?.[2])
  if (match?.[1] === undefined || n > MAX_SEQ) throw new WeftError('bad_frame', 'cursor: must be <epoch>:<n>')
  return { epoch: match[1], n }
}

export const formatCursor = ({ epoch, n }: Cursor): string => `${epoch}:${n}`
