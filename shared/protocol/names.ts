import { z } from 'zod'
import { MAX_NAME_CHARS } from './limits.ts'

/** Control characters, and those that turn the direction of whatever stands behind the name. */
const UNSEEN = /^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u

/** What people or channels are called: seen by others, on one line, in the midst of other text. */
export const shownNameSchema = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARS)
  .regex(UNSEEN, 'must have no control characters')
  .regex(/\S/, 'must have something to see')
