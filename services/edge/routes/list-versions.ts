import { versionsList, versionsReach } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { storeHas } from './history-page.ts'
import { type Route, rawBody } from './types.ts'

const NEXT = /^after:(\d{1,15})$/
const SEQ = /^\d{1,15}$/

/** What a message said, and says: the store's to tell, once it has what the owner knows. */
export const listVersions: Route<'listVersions'> = async ({ directory }, { identity, params, query }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const seq = seqOf(params.seq ?? '')
  const after = afterOf(query.cursor)
  const asked = { channel, user: identity.user, seq }
  const { pack } = await directory.callOwner(versionsReach, 'log', channel, asked)
  await storeHas(directory, channel, pack)
  const limit = query.limit ?? PAGE_DEFAULT
  const { found } = await directory.callStorage(versionsList, { channel, seq, after, limit })
  if (found === null) throw new WeftError('not_found', 'seq: no such message')
  const next = found.next === null ? null : `after:${found.next}`
  return {
    status: 200,
    body: {
      [rawBody]: Buffer.from(`{"items":[${found.versions.join(',')}],"next":${JSON.stringify(next)}}`),
    },
  }
}

function seqOf(given: string): number {
  if (!SEQ.test(given)) throw new WeftError('bad_frame', 'seq: must be a whole number')
  return Number(given)
}

/** The rev of the edit that the page before ended with. */
function afterOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null
  const rev = NEXT.exec(cursor)?.[1]
  if (rev === undefined) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return Number(rev)
}
