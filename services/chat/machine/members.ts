import type { Role } from '../../../shared/fabric/wire/changes/index.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'

/** `sent`: the newest seq of theirs; it runs ahead of the log by the pack in flight. */
export type Member = { readonly role: Role; readonly joined: number; sent: number }

/** A channel's members. Who asks for pages of them gets an order by id, made once and kept in step. */
export class Members extends Map<UserId, Member> {
  #sorted: UserId[] | null = null

  override set(user: UserId, member: Member): this {
    if (this.#sorted !== null && !this.has(user)) this.#sorted.splice(placeAfter(this.#sorted, user), 0, user)
    return super.set(user, member)
  }

  /** Many at once: the order is made anew when it is asked for, rather than moved for each of them. */
  addAll(users: readonly UserId[], member: Omit<Member, 'sent'>): void {
    this.#sorted = null
    for (const user of users) super.set(user, { ...member, sent: 0 })
  }

  override delete(user: UserId): boolean {
    const isGone = super.delete(user)
    if (isGone && this.#sorted !== null) this.#sorted.splice(placeAfter(this.#sorted, user) - 1, 1)
    return isGone
  }

  /** Ascending by id, after `after`. */
  page(after: UserId | null, limit: number): { readonly users: readonly UserId[]; readonly more: boolean } {
    this.#sorted ??= [...this.keys()].sort()
    const start = after === null ? 0 : placeAfter(this.#sorted, after)
    return { users: this.#sorted.slice(start, start + limit), more: this.#sorted.length > start + limit }
  }
}

/** Index of the first id above this one. */
function placeAfter(sorted: readonly UserId[], user: UserId): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? user) <= user) low = middle + 1
    else high = middle
  }
  return low
}
