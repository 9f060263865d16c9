import type { Change } from '../commands.ts'
import { type Planning, writeChange } from '../planning.ts'
import { viewOf } from '../state.ts'
import { block } from './block.ts'
import { rename } from './rename.ts'

/** A member's wish to change a channel or something in it: authorised here, at its place in the log. One file an operation. */
export function planRequest(command: Change, planning: Planning): void {
  const { pack, state, partition } = planning
  const { by, request, resolve } = command
  const channel = state.member(command.channel, by)
  const change = planOperation()
  // Where nothing changes, nothing is written.
  if (change !== null) writeChange(channel, by, change, planning)
  pack.committed(() =>
    resolve({
      channel: viewOf(channel, by, pack.lineage),
      pack: change === null ? 0 : pack.number,
      partition,
      created: false,
    }),
  )

  function planOperation() {
    switch (request.op) {
      case 'rename':
        return rename(channel, by, request)
      case 'block':
        return block(channel, by, request)
    }
  }
}
