import { randomUUID } from 'node:crypto'
import { channelCreate } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { usersOf } from '../auth/users.ts'
import type { EdgeContext } from '../context.ts'
import { blockersAmong, mustBeReachable, tellDirectChannel } from './blocking.ts'
import { viewOf } from './channel-views.ts'
import { directId } from './direct-id.ts'
import { mineOf } from './get-channel.ts'
import type { Route } from './types.ts'

export const createChannel: Route<'createChannel'> = async (context, { identity, body }) => {
  const { directory, users } = context
  const by = identity.user
  const { kind } = body
  const others = [...new Set(body.members ?? [])].filter((user) => user !== by)
  if (kind === 'direct' && others.length !== 1)
    throw new WeftError('bad_frame', 'members: a direct channel has exactly one other user')
  await mustExist(context, others)
  await mustBeReachable(directory, by, others)
  const { kind: _, members: __, name: ___, ...settings } = body
  if (kind === 'direct' && settings.public === true)
    throw new WeftError('bad_frame', 'public: a direct channel is between its two')
  const channel = kind === 'direct' ? directId([by, ...others]) : groupId()
  const name = kind === 'direct' ? null : (body.name ?? null)
  const made = await directory.callOwner(channelCreate, 'log', channel, {
    channel,
    kind,
    name,
    by,
    members: others,
    ...(kind === 'direct' || Object.keys(settings).length === 0 ? {} : { settings }),
  })
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  if (kind === 'direct' && made.created) await carryBlocks(directory, by, others)
  const mine = made.created ? { read: 0, mute: null } : await mineOf(directory, by, channel)
  return {
    status: made.created ? 201 : 200,
    body: { channel: await viewOf(directory, by, { ...made.channel, ...mine }) },
  }
}

/** One who blocked before there was a channel, or while it was being made, has blocked there too. */
async function carryBlocks(directory: Directory, by: UserId, others: readonly UserId[]): Promise<void> {
  for (const other of others) {
    if ((await blockersAmong(directory, by, [other])).length > 0)
      await tellDirectChannel(directory, other, by, true)
    if ((await blockersAmong(directory, other, [by])).length > 0)
      await tellDirectChannel(directory, by, other, true)
  }
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
  const known = new Set((await usersOf(directory, ids)).map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined) throw new WeftError('not_found', `members: there is no user ${missing}`)
}

const groupId = (): ChannelId => trusted<ChannelId>(`c${randomUUID().replaceAll('-', '')}`)
