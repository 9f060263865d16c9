import { trusted, type UserId } from '../../../shared/protocol/ids.ts'

/** `wasMember`: they know the channel, and are told `forbidden` where a stranger is told `not_found`. Time: ms since 1970. */
export type Ban = { readonly by: UserId; readonly at: number; readonly wasMember: boolean }

/** Who can't join a channel by any way. */
export class Bans extends Map<UserId, Ban> {
  /** Ascending by id, after `after`. */
  page(after: UserId | null, limit: number): { readonly bans: [UserId, Ban][]; readonly more: boolean } {
    const rest = [...this].filter(([user]) => after === null || user > after)
    rest.sort(([a], [b]) => (a < b ? -1 : 1))
    return { bans: rest.slice(0, limit), more: rest.length > limit }
  }

  toTuples(): BanTuple[] {
    return Array.from(this, ([user, { by, at, wasMember }]) => [user, by, at, wasMember] as const)
  }

  restore(tuples: readonly BanTuple[]): void {
    for (const [user, by, at, wasMember] of tuples)
      this.set(trusted<UserId>(user), { by: trusted<UserId>(by), at, wasMember })
  }
}

export type BanTuple = readonly [user: string, by: string, at: number, wasMember: boolean]
