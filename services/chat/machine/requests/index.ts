import type { ChannelRequest } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import type { Change } from '../commands.ts'
import { type Planning, writeChange } from '../planning.ts'
import { viewOf } from '../state.ts'
import { mustBeActive } from './active.ts'
import { add } from './add.ts'
import { ban, unban } from './bans.ts'
import { block } from './block.ts'
import { invite, revoke } from './invites.ts'
import { isMessageRequest, type MessageRequest, type PlannedChange, planMessageRequest } from './messages.ts'
import { changeSettings } from './settings.ts'
import { transfer } from './transfer.ts'

/** A member's wish to change a channel or something in it: authorised here, at its place in the log. One file an operation. */
export function planRequest(command: Change, planning: Planning): void {
  const { pack, state, partition } = planning
  const { by, request, resolve } = command
  const channel = state.member(command.channel, by)
  mustBeActive(channel, request)
  const planned = planOperation()
  const change = planned?.change ?? null
  // Where nothing changes, nothing is written.
  if (planned !== null) writeChange(channel, by, planned.change, planning, planned.makeEvent)
  pack.committed(() =>
    resolve({
      channel: viewOf(channel, by, pack.lineage),
      pack: change === null ? 0 : pack.number,
      partition,
      created: false,
    }),
  )

  function planOperation(): PlannedChange | null {
    if (isMessageRequest(request)) {
      if (command.message === null) throw new Error('a message is changed that was not looked up')
      const recent = state.changes.ahead(channel.id, request.seq)
      return planMessageRequest(channel, by, request, command.message, recent)
    }
    const made = planSetting(request)
    return made === null ? null : { change: made }
  }

  function planSetting(request: Exclude<ChannelRequest, MessageRequest>): ChannelChange | null {
    switch (request.op) {
      case 'settings':
        return changeSettings(channel, by, request.set)
      case 'rename':
        return changeSettings(channel, by, { name: request.name })
      case 'block':
        return block(channel, by, request)
      case 'add':
        return add(channel, by, request, planning)
      case 'transfer':
        return transfer(channel, by, request)
      case 'ban':
        return ban(channel, by, request)
      case 'unban':
        return unban(channel, by, request)
      case 'invite':
        return invite(channel, by, request, pack.now)
      case 'revoke':
        return revoke(channel, by, request, pack.now)
    }
  }
}
