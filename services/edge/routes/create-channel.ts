import { createHash, randomUUID } from 'node:crypto'
import { channelCreate, usersGet } from '../../../shared/fabric/calls.ts'
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
  if (kind === 'broadcast')
    throw new WeftError('bad_frame', 'kind: broadcast is not served by this release yet')
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

/** With a customer's own tokens, users exist from their first use on: adding one may be that. */
export async function mustExist({ directory, tokens }: EdgeContext, ids: UserId[]): Promise<void> {
  if (tokens.acceptsCustomers || ids.length === 0) return
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
