import { z } from 'zod'

/** From the least to the most. A reader reads and reacts. */
export const ROLES = ['reader', 'member', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]
export const roleSchema = z.enum(ROLES)

const fromMember = z.enum(['member', 'admin', 'owner'])
const fromAdmin = z.enum(['admin', 'owner'])

/** What may be done in a channel, each by a role and those above it; the least that it may be given to is its enum's first. */
export const rightsSchema = z.object({
  send: fromMember,
  react: roleSchema,
  invite: fromMember.describe('make invite links, see and revoke them'),
  add: fromMember,
  remove: fromAdmin,
  settings: fromAdmin.describe('name, topic, avatar, description, public, archived, and these rights'),
  pin: fromMember,
  mention_all: fromMember.describe('`@channel` and `@here`'),
  moderate: fromAdmin.describe('ban, and delete what others wrote'),
})
export type Rights = z.infer<typeof rightsSchema>
export type Right = keyof Rights

const GROUP: Rights = {
  send: 'member',
  react: 'reader',
  invite: 'member',
  add: 'member',
  remove: 'admin',
  settings: 'admin',
  pin: 'member',
  mention_all: 'member',
  moderate: 'admin',
}

/** As a kind begins; a channel's own settings come on top. In a direct channel both are members, and nobody is above them. */
export const DEFAULT_RIGHTS: { readonly [Kind in 'direct' | 'group' | 'broadcast']: Rights } = {
  direct: GROUP,
  group: GROUP,
  broadcast: { ...GROUP, send: 'admin', invite: 'admin', pin: 'admin', mention_all: 'admin' },
}
