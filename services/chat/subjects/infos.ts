import type { ChannelState } from '../../../shared/fabric/calls.ts'
import { portionOf } from '../../../shared/fabric/portions.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { type ChatState, viewOf } from '../machine/state.ts'

type Asked = {
  readonly channels: readonly ChannelId[]
  readonly user: UserId
  readonly brief?: boolean | undefined
}

/** As many of them as one answer holds: their settings alone may be long. */
export function infosOf(state: ChatState, { channels: ids, user, brief = false }: Asked, lineage: number) {
  const found = ids.flatMap((id) => {
    const channel = state.channels.get(id)
    if (!channel?.members.has(user)) return []
    return [viewOf(channel, user, lineage, brief)]
  })
  const channels: readonly ChannelState[] = portionOf(found)
  const next = found[channels.length]
  return { channels: [...channels], left: next === undefined ? 0 : ids.length - ids.indexOf(next.id) }
}
