import { Reader } from '../../../shared/codec.ts'
import type { Handler } from '../../../shared/fabric/call.ts'
import { stateGet, type userState } from '../../../shared/fabric/calls.ts'
import { unseal } from '../../../shared/fabric/keyring.ts'
import { readSealed } from '../../../shared/fabric/wire/sealed.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** What stands in the store, and over it what is too new for it. */
export const userStateHandler =
  (context: PartitionContext): Handler<Asked<typeof userState>, Answer<typeof userState>> =>
  async (request) => {
    const { machine, directory } = context
    const { user, area, key, after } = request
    // Before and after: what the store takes in while it is asked leaves memory, and may not be in its answer.
    const before = machine.recentState(user, area)
    const { rows, more, count } = await directory.callStorage(stateGet, request)
    const merged = new Map(rows.map((row) => [row.key, row.value]))
    const last = rows.at(-1)?.key
    for (const recent of [before, machine.recentState(user, area)]) {
      for (const [changed, value] of recent) {
        const isAsked = key === null ? changed > (after ?? '') : changed === key
        if (!isAsked || (more && last !== undefined && changed > last)) continue
        if (value === null) merged.delete(changed)
        else merged.set(changed, value)
      }
    }
    const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1))
    const answered = sorted.map(async ([name, value]) => ({
      key: name,
      value: area === 'draft' ? await opened(context, user, value) : value,
    }))
    const shown = await Promise.all(answered)
    return {
      rows: shown.flatMap((row) => (row.value === null ? [] : [{ key: row.key, value: row.value }])),
      more,
      count,
    }
  }

/** Null if its key was destroyed. */
async function opened({ keys }: PartitionContext, user: UserId, value: string): Promise<string | null> {
  const key = keys.key(user) ?? (await keys.load(user))
  if (key === null) return null
  return Buffer.from(unseal(key, readSealed(new Reader(Buffer.from(value, 'base64'))))).toString()
}
