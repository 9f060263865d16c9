import type { Role } from './members.ts'

/** A link by which others join; times in ms since 1970, null = without end. Each use is a `joined` that names it. */
export type InviteChange =
  | {
      readonly op: 'invited'
      readonly code: string
      readonly role: Role
      readonly expires: number | null
      readonly uses: number | null
    }
  | { readonly op: 'uninvited'; readonly code: string }
