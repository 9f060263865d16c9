import { z } from 'zod'
import { MAX_URL_CHARS } from './limits.ts'

const ADDRESS = /^https:\/\/[^\s/]\S*$/
/** Pictures alone: a drawing (SVG) may hold scripts. */
const SMALL_PICTURE = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/

const isAvatar = (avatar: string): boolean =>
  SMALL_PICTURE.test(avatar) || (ADDRESS.test(avatar) && URL.canParse(avatar))

/** What a picture of a person or a channel may be: nothing that does anything but show. */
export const avatarSchema = z
  .string()
  .max(MAX_URL_CHARS)
  .refine(isAvatar, 'must be an https address, or a data: URL in base64 of a PNG, JPEG, WebP or GIF')
  .describe('an https address, or a data: URL in base64 of a PNG, JPEG, WebP or GIF')
