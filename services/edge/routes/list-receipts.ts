import { receiptsGet } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { settingsOf } from '../../../shared/protocol/settings.ts'
import { allOf } from './my-state.ts'
import type { Route } from './types.ts'

/** Who doesn't say what they read isn't told what others did. */
export const listReceipts: Route<'listReceipts'> = async ({ directory }, { identity, params }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const { items } = await directory.callOwner(receiptsGet, 'log', channel, { channel, user })
  const { read_receipts } = settingsOf(await allOf(directory, user, 'settings'))
  const shown = items.map((item) => (read_receipts ? item : { ...item, read: 0 }))
  return { status: 200, body: { items: shown, next: null } }
}
