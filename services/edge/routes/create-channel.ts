import { createHash, randomUUID } from 'node:crypto'
import { channelCreate, usersGet } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { EdgeContext } from '../context.ts'
import { viewOf } from './channel-views.ts'
import { readOf } from './get-channel.ts'
import type { Route } from './types.ts'

export const createChannel: Route<'createChannel'> = async (context, { identity, body }) => {
  const { directory, users } = context
  const by = identity.user
  const { kind } = body
  const others = [...new Set(body.members ?? [])].filter((user) => user !== by)
  if (kind === 'direct' && others.length !== 1)
    throw new WeftError('bad_frame', 'members: a direct channel has exactly one other user')
  await mustExist(context, others)
  const channel = kind === 'direct' ? directId([by, ...others]) : groupId()
  const name = kind === 'direct' ? null : (body.name ?? null)
  const made = await directory.callOwner(channelCreate, 'log', channel, {
    channel,
    kind,
    name,
    by,
    members: others,
  })
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  const read = made.created ? 0 : await readOf(directory, by, channel)
  return { status: made.created ? 201 : 200, body: { channel: viewOf({ ...made.channel, read }) } }
}

/**
 * Where users need accounts, they must have one. With a customer's own tokens they are made by being added.
 * @throws `not_found` naming the first who doesn't exist.
 */
async function mustExist({ directory, tokens, users: known }: EdgeContext, ids: UserId[]): Promise<void> {
  if (ids.length === 0) return
  if (tokens.acceptsCustomers) return known.ensureMembers(ids)
  await mustHaveAccounts(directory, ids)
}

/** @throws `not_found` naming the first who doesn't exist. */
export async function mustHaveAccounts(directory: Directory, ids: UserId[]): Promise<void> {
  const { users } = await directory.callStorage(usersGet, { ids })
  const known = new Set(users.map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw new WeftError('not_found', `members: there is no user ${missing}`)
}

/** Of the sorted pair, so that both get the same channel, whoever begins. */
export const directId = (users: readonly UserId[]): ChannelId =>
  trusted<ChannelId>(
    `d${createHash('sha256')
      .update([...users].sort().join('\n'))
      .digest('base64url')}`,
  )

const groupId = (): ChannelId => trusted<ChannelId>(`c${randomUUID().replaceAll('-', '')}`)
