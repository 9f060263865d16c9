import { signal } from '@preact/signals'
import type { ChannelId, Client, Member as Told, User, UserId } from '../../sdk/src/mod.ts'
import { learnFace } from './faces.ts'
import { keep, recall } from './keep.ts'
import type { Member, Person } from './types.ts'

const KEPT = 'people'
const KEPT_MAX = 500

export const personOf = (user: User): Person => ({
  id: user.id,
  name: user.name,
  displayName: user.display_name || user.name,
  avatar: user.avatar ?? null,
})

type Known = { people: Record<UserId, Person>; peers: Record<ChannelId, UserId> }

function kept(): Known {
  try {
    const { people, peers } = JSON.parse(recall(KEPT) ?? '{}') as Partial<Known>
    return { people: people ?? {}, peers: peers ?? {} }
  } catch {
    return { people: {}, peers: {} }
  }
}

/** Who is who. Asked for when first needed; kept, so that names are there without a network. */
export class People {
  readonly #known = signal<Known>(kept())
  readonly #asked = new Set<string>()
  /** Known from an earlier visit, and changed since, perhaps: asked for once more when shown, one after the other. */
  readonly #old = new Set<UserId>(Object.keys(this.#known.value.people))
  #asking: Promise<void> = Promise.resolve()
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
    for (const { id, avatar } of Object.values(this.#known.value.people)) learnFace(id, avatar)
    client.on('profile', (event) => this.#asked.delete(event.user) && void this.#ask(event.user))
  }

  learn(person: Person): void {
    if (person.avatar !== undefined) learnFace(person.id, person.avatar)
    const { people, peers } = this.#known.value
    const entries = [
      ...Object.entries(people).filter(([id]) => id !== person.id),
      [person.id, person] as const,
    ]
    this.#known.value = { people: Object.fromEntries(entries.slice(-KEPT_MAX)), peers }
    this.#keep()
  }

  /** The name to show; a dash until it is known. */
  nameOf(id: UserId): string {
    const known = this.#known.value.people[id]
    if (known === undefined) void this.#ask(id)
    else if (this.#old.delete(id)) this.#asking = this.#asking.then(() => this.#ask(id))
    return known?.displayName ?? '–'
  }

  /** A member as the server tells of them, who may have no name there. */
  memberOf({ user, name, display_name, role }: Told): Member {
    if (name !== undefined) return { id: user, name, displayName: display_name || name, role }
    return { id: user, name: '', displayName: this.nameOf(user), role }
  }

  /** The name that one is found and mentioned by, in small letters; `undefined` until it is known. */
  userNameOf(id: UserId): string | undefined {
    const known = this.#known.value.people[id]
    if (known === undefined) void this.#ask(id)
    return known?.name.toLowerCase()
  }

  /** The other one of a direct channel, when neither the server nor a message has said who it is. */
  peerOf(channel: ChannelId, me: UserId | undefined): UserId | undefined {
    const known = this.#known.value.peers[channel]
    if (known === undefined && me !== undefined) void this.#askPeer(channel, me)
    return known
  }

  /** Asks again for what could not be had before. */
  refresh(): void {
    this.#asked.clear()
    this.#known.value = { ...this.#known.value }
  }

  async #ask(id: UserId): Promise<void> {
    if (this.#asked.has(id)) return
    this.#asked.add(id)
    try {
      this.learn(personOf(await this.#client.users.get(id)))
    } catch {
      // Shown as a dash; asked for again once connected.
    }
  }

  async #askPeer(channel: ChannelId, me: UserId): Promise<void> {
    if (this.#asked.has(channel)) return
    this.#asked.add(channel)
    try {
      const peer = (await this.#client.channels.members(channel)).find((member) => member.user !== me)
      if (peer === undefined) return
      const { people, peers } = this.#known.value
      this.#known.value = { people, peers: { ...peers, [channel]: peer.user } }
      this.#keep()
    } catch {
      // As above.
    }
  }

  #keep(): void {
    keep(KEPT, JSON.stringify(this.#known.value))
  }
}
