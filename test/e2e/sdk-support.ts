import {
  type Client,
  MemoryStore,
  type MessageEvent,
  WeftClient,
  type WeftOptions,
} from '../../sdk/src/mod.ts'
import { until } from '../support/until.ts'

export const PASSWORD = 'correct horse battery'

/** A client, and all that it was told by `for await`. */
export type Person = {
  readonly client: Client
  readonly id: string
  readonly store: MemoryStore
  /** Of each message event, in the order told. */
  readonly told: MessageEvent[]
  /** The states it went through. */
  readonly states: string[]
  readonly problems: string[]
}

const clients = new Set<Client>()

/** Patient with nothing, so that a test needn't be. */
export const limits = { backoffBaseMs: 50, backoffMaxMs: 500, connectTimeoutMs: 3_000, receivedDelayMs: 20 }

export function makeClient(url: string, options: Partial<WeftOptions> = {}): WeftClient {
  const client = new WeftClient({ url, ...options, limits: { ...limits, ...options.limits } })
  clients.add(client)
  return client
}

export async function stopAll(): Promise<void> {
  await Promise.all([...clients].map((client) => client.stop()))
  clients.clear()
}

/** Notes what a client is told from now on. */
export function listen(client: Client, into: Pick<Person, 'told' | 'states' | 'problems'>): void {
  client.on('state', ({ status }) => into.states.push(status))
  client.on('problem', (error) => into.problems.push(String(error)))
  const read = async () => {
    for await (const event of client.events({ buffer: 10_000 }))
      if (event.kind === 'message') into.told.push(event)
  }
  read().catch((error: unknown) => into.problems.push(String(error)))
}

export const isLive = (client: Client): boolean => client.state.status === 'live'
export const live = (client: Client, limitMs?: number): Promise<void> =>
  until(() => isLive(client), 'the client is live', limitMs === undefined ? {} : { limitMs })

/** Signs up (or logs in, on a further device) and connects. */
export async function join(url: string, name: string, options: Partial<WeftOptions> = {}): Promise<Person> {
  const store = new MemoryStore()
  const client = makeClient(url, { store, ...options })
  const notes = { told: [], states: [], problems: [] }
  listen(client, notes)
  const user = await client.accounts.signUp(name, PASSWORD).catch(() => client.accounts.logIn(name, PASSWORD))
  await client.start()
  await live(client)
  return { client, id: user.id, store, ...notes }
}

export const texts = (messages: readonly { readonly body: unknown }[]) => messages.map(({ body }) => body)
export const seqs = (messages: readonly { readonly seq: number }[]) => messages.map(({ seq }) => seq)
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

export const told = (person: Person, count: number): Promise<void> =>
  until(() => person.told.length >= count, `${count} messages have come`)
