import { blockersOf, channelChange, channelInfo } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { directId } from './direct-id.ts'

/** Makes a block part of the direct channel's own state, so that a send is refused without asking anybody. */
export async function tellDirectChannel(
  directory: Directory,
  by: UserId,
  blocked: UserId,
  on: boolean,
): Promise<void> {
  const channel = directId([by, blocked])
  try {
    await directory.callOwner(channelChange, 'log', channel, { channel, by, request: { op: 'block', on } })
  } catch (error) {
    // There is none yet: whoever makes it asks for blocks then.
    if (!(error instanceof WeftError) || error.code !== 'not_found') throw error
  }
}

/** Of these users, who has blocked `blocked`. */
export async function blockersAmong(
  directory: Directory,
  blocked: UserId,
  users: readonly UserId[],
): Promise<UserId[]> {
  const byPartition = Map.groupBy(users, (user) => directory.partitionOf('sync', user))
  const answers = await Promise.all(
    Array.from(byPartition, ([partition, asked]) =>
      directory.callPartition(blockersOf, 'sync', partition, { blocked, users: asked }),
    ),
  )
  return answers.flatMap(({ blockers }) => blockers)
}

/**
 * Asked before who can be reached: elsewhere the answer is the same whoever blocked whom. @throws `not_found`, `forbidden`
 */
export async function mustBeIn(directory: Directory, user: UserId, channel: ChannelId): Promise<void> {
  await directory.callOwner(channelInfo, 'log', channel, { channel, user })
}

/** @throws `forbidden`, in words that fit many reasons: a block isn’t told to whom it meets. */
export async function mustBeReachable(
  directory: Directory,
  by: UserId,
  users: readonly UserId[],
): Promise<void> {
  if (users.length === 0) return
  const blockers = await blockersAmong(directory, by, users)
  if (blockers.length > 0) throw new WeftError('forbidden', 'members: one of them can’t be reached')
}
