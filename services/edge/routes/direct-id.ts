import { createHash } from 'node:crypto'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'

/** Of the sorted pair, so that both get the same channel, whoever begins. */
export const directId = (users: readonly UserId[]): ChannelId =>
  trusted<ChannelId>(
    `d${createHash('sha256')
      .update([...users].sort().join('\n'))
      .digest('base64url')}`,
  )
