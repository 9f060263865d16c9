import {
  type Ban,
  type Channel,
  type ChannelPreview,
  type ChannelSettings,
  type Client,
  can,
  type Invite,
  type InviteOptions,
  leastRole,
  type Page,
  RIGHTS,
  type Right,
  type Rights,
  type Role,
} from '../../sdk/src/mod.ts'
import type { People } from './people.ts'
import type { Member } from './types.ts'

/** On a page of people or bans. */
const PAGE = 200
/** Public channels that a search shows. */
const FOUND_MAX = 20

/** What one may do in a channel, and the least role for each. */
export const rightsIn = (channel: Channel): { may: ReadonlySet<Right>; least: Rights } => ({
  may: new Set(RIGHTS.filter((right) => can(channel, right))),
  least: Object.fromEntries(RIGHTS.map((right) => [right, leastRole(channel, right)])) as Rights,
})

/** Who gets into a channel, who may do what there, and whose it is. */
export class Administration {
  readonly #client: Client
  readonly #people: People

  constructor(client: Client, people: People) {
    this.#client = client
    this.#people = people
  }

  async update(id: string, changes: Partial<ChannelSettings>): Promise<void> {
    await this.#client.channels.update(id, changes)
  }
  async transfer(id: string, user: string): Promise<void> {
    await this.#client.channels.transfer(id, user)
  }
  setRole(id: string, user: string, role: Role): Promise<void> {
    return this.#client.channels.setRole(id, user, role)
  }
  async members(id: string, cursor?: string): Promise<Page<Member>> {
    const page = await this.#client.channels.memberPage(id, query(cursor))
    return { items: page.items.map((member) => this.#people.memberOf(member)), next: page.next }
  }

  bans(id: string, cursor?: string): Promise<Page<Ban>> {
    return this.#client.channels.bans.list(id, query(cursor))
  }
  ban(id: string, user: string): Promise<void> {
    return this.#client.channels.bans.add(id, user)
  }
  lift(id: string, user: string): Promise<void> {
    return this.#client.channels.bans.lift(id, user)
  }

  invites(id: string): Promise<readonly Invite[]> {
    return this.#client.channels.invites.list(id)
  }
  invite(id: string, options: InviteOptions): Promise<Invite> {
    return this.#client.channels.invites.create(id, options)
  }
  revoke(id: string, code: string): Promise<void> {
    return this.#client.channels.invites.revoke(id, code)
  }
  async preview(code: string): Promise<ChannelPreview> {
    return (await this.#client.channels.invites.preview(code)).channel
  }
  async joinBy(code: string): Promise<void> {
    await this.#client.channels.invites.join(code)
  }

  /** Public channels that one isn't in. */
  async findPublic(words: string): Promise<readonly ChannelPreview[]> {
    const { items } = await this.#client.channels.findPublic(words, { limit: FOUND_MAX })
    return items.filter(({ id }) => this.#client.channels.get(id) === undefined)
  }
  async join(id: string): Promise<void> {
    await this.#client.channels.join(id)
  }
}

const query = (cursor: string | undefined) => ({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
