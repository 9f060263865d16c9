import type { Handler } from '../../../shared/fabric/call.ts'
import { type presenceAudience, statesGet } from '../../../shared/fabric/calls.ts'
import type { UserArea } from '../../../shared/fabric/user-requests.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import {
  type Audience,
  audienceSchema,
  type Status,
  statusSchema,
} from '../../../shared/protocol/settings.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Rows that one question to the store may name. */
const ROWS_A_CALL = 4_000

type Row = { readonly user: UserId; readonly area: UserArea; readonly key: string }

/**
 * Who may see whose presence, and who when they were there: as the user has set it, and never one whom they blocked.
 * And what they say of themselves.
 */
export const presenceAudienceHandler =
  (context: PartitionContext): Handler<Asked<typeof presenceAudience>, Answer<typeof presenceAudience>> =>
  async ({ asked }) => {
    const settings = await rowsOf(
      context,
      asked.flatMap(({ user }): Row[] => [
        { user, area: 'settings', key: 'presence' },
        { user, area: 'settings', key: 'last_seen' },
        { user, area: 'status', key: 'status' },
      ]),
    )
    const wanted = asked.flatMap(({ user, viewers }) =>
      viewers.flatMap((key): Row[] => [
        { user, area: 'block', key },
        { user, area: 'contact', key },
      ]),
    )
    const rows = (await rowsOf(context, wanted)).values()
    const unseen: UserId[][] = []
    const allowed = asked.map(({ user, viewers }, index) => {
      const [presence, lastSeen] = [0, 1].map((setting) => audienceOf(settings[3 * index + setting] ?? null))
      const blind: UserId[] = []
      unseen.push(blind)
      return viewers.filter((viewer) => {
        const isBlocked = rows.next().value === 'true'
        const isContact = rows.next().value === 'true'
        if (viewer === user) return true
        if (isBlocked || !isIn(presence, isContact)) return false
        if (!isIn(lastSeen, isContact)) blind.push(viewer)
        return true
      })
    })
    return { allowed, unseen, statuses: asked.map((_, index) => statusOf(settings[3 * index + 2] ?? null)) }
  }

const statusOf = (json: string | null): Status | null =>
  json === null ? null : statusSchema.parse(JSON.parse(json))

const isIn = (audience: Audience | undefined, isContact: boolean): boolean =>
  audience === 'everyone' || (audience === 'contacts' && isContact)

const audienceOf = (json: string | null): Audience =>
  json === null ? 'everyone' : audienceSchema.parse(JSON.parse(json))

/** As the store has them, and over it what is too new for it. */
async function rowsOf(
  { machine, directory }: PartitionContext,
  rows: readonly Row[],
): Promise<(string | null)[]> {
  const recent = () => rows.map(({ user, area, key }) => machine.recentState(user, area).get(key))
  const before = recent()
  const stored: (string | null)[] = []
  for (let from = 0; from < rows.length; from += ROWS_A_CALL) {
    const asked = rows.slice(from, from + ROWS_A_CALL)
    stored.push(...(await directory.callStorage(statesGet, { asked })).values)
  }
  return recent().map((newest, index) => {
    const known = newest === undefined ? before[index] : newest
    return known === undefined ? (stored[index] ?? null) : known
  })
}
