import { RawClient } from '../../support/raw-client.ts'
import { mintToken } from '../../support/tokens.ts'
import type { Values } from '../options.ts'
import type { LoadUser, Needs } from '../scenario-list.ts'
import { each } from './each.ts'
import { call, textAt } from './http.ts'

/** `POST /v1/channels` takes no more members at once. */
const MEMBERS_PER_CALL = 1_000
const DEVICE = 'load'
/** Sends of one connection that are on their way while a history is written. */
const PIPELINED = 50

type Options = {
  readonly values: Values
  readonly edges: readonly string[]
  readonly needs: readonly Needs[]
  /** In the names of new users, and in cids. */
  readonly run: string
  readonly password: string
  readonly say: (line: string) => void
  readonly stop: AbortSignal
}
type Account = { readonly id: string; readonly token: string; readonly edge: string }

/** Users, their channels and what stands in them, ready for the scenarios. Accounts and direct channels are used again. */
export async function prepare(options: Options): Promise<LoadUser[]> {
  const { values, needs } = options
  const accounts = values.secret === '' ? await realAccounts(options) : mintedAccounts(options)
  const directs = needs.includes('direct') ? await makeDirects(accounts, options) : []
  const groups = needs.includes('group') ? await makeGroups(accounts, options) : []
  const head = needs.includes('history') ? values.history : 0
  if (head > 0) await fillGroups(accounts, groups, options)
  return accounts.map(({ id, token, edge }, index) => ({
    id,
    token: values.secret === '' ? token : null,
    edge,
    direct: directs[Math.floor(index / 2)] ?? null,
    group: groups[groupOf(index, accounts.length, values)] ?? null,
    head,
  }))
}

const edgeOf = (index: number, edges: readonly string[]): string => edges[index % edges.length] ?? ''
const prefixOf = ({ values, run }: Options): string => (values.prefix === '' ? `load-${run}` : values.prefix)

/** They exist from their first use on. */
function mintedAccounts(options: Options): Account[] {
  const { values, edges } = options
  return Array.from({ length: values.users }, (_, index) => {
    const id = `${prefixOf(options)}-${index}`
    return { id, token: mintToken(values.secret, id), edge: edgeOf(index, edges) }
  })
}

async function realAccounts(options: Options): Promise<Account[]> {
  const { values, edges, password, say, stop } = options
  const accounts: Account[] = []
  const names = Array.from({ length: values.users }, (_, index) => `${prefixOf(options)}-${index}`)
  await each(names, { concurrency: values.concurrency, what: 'accounts', say, stop }, async (name, index) => {
    const edge = edgeOf(index, edges)
    // 409: it is there from an earlier run, and its password has to be the same.
    await call('POST', `${edge}/v1/accounts`, { body: { name, password }, accept: [201, 409] })
    const { body } = await call('POST', `${edge}/v1/sessions`, {
      body: { name, password, device: DEVICE },
      accept: [201],
    })
    accounts[index] = { id: textAt(body, 'user', 'id'), token: textAt(body, 'access_token'), edge }
  })
  return accounts
}

/** Users 0 and 1 share one, 2 and 3, …; with an odd number, the last user has one with the first. */
async function makeDirects(accounts: readonly Account[], { values, say, stop }: Options): Promise<string[]> {
  const channels: string[] = []
  const firsts = accounts.filter((_, index) => index % 2 === 0)
  await each(
    firsts,
    { concurrency: values.concurrency, what: '1:1 channels', say, stop },
    async (account, pair) => {
      const other = accounts[pair * 2 + 1] ?? accounts[0]
      channels[pair] = await makeChannel(account, { kind: 'direct', members: [other?.id] })
    },
  )
  return channels
}

const groupCount = (users: number, { 'group-size': size }: Values): number =>
  Math.max(1, Math.floor(users / size))

/** What doesn't make a whole group joins the last one. */
const groupOf = (index: number, users: number, values: Values): number =>
  Math.min(Math.floor(index / values['group-size']), groupCount(users, values) - 1)

async function makeGroups(accounts: readonly Account[], { values, say, stop }: Options): Promise<string[]> {
  const channels: string[] = []
  const numbers = Array.from({ length: groupCount(accounts.length, values) }, (_, group) => group)
  await each(numbers, { concurrency: values.concurrency, what: 'groups', say, stop }, async (group) => {
    const [first, ...others] = accounts.filter(
      (_, index) => groupOf(index, accounts.length, values) === group,
    )
    if (first === undefined) return
    const ids = others.map(({ id }) => id)
    const channel = await makeChannel(first, {
      kind: 'group',
      name: `Load ${group}`,
      members: ids.slice(0, MEMBERS_PER_CALL),
    })
    for (const id of ids.slice(MEMBERS_PER_CALL))
      await call('PUT', `${first.edge}/v1/channels/${channel}/members/${id}`, {
        token: first.token,
        body: {},
        accept: [200, 201],
      })
    channels[group] = channel
  })
  return channels
}

async function makeChannel({ edge, token }: Account, body: object): Promise<string> {
  const answer = await call('POST', `${edge}/v1/channels`, { token, body, accept: [200, 201] })
  return textAt(answer.body, 'channel', 'id')
}

/** Each group gets `values.history` messages, one after the other, of its first member. */
async function fillGroups(
  accounts: readonly Account[],
  groups: readonly string[],
  { values, run, say, stop }: Options,
): Promise<void> {
  await each(
    groups,
    { concurrency: values.concurrency, what: 'groups filled', say, stop },
    async (channel, group) => {
      const writer = accounts[group * values['group-size']]
      if (writer === undefined) return
      const client = await RawClient.hello(`${writer.edge.replace(/^http/, 'ws')}/v1/ws`, {
        token: writer.token,
        device: 'prepare',
      })
      for (let first = 1; first <= values.history; first += PIPELINED) {
        const count = Math.min(PIPELINED, values.history - first + 1)
        const answers = Array.from({ length: count }, (_, offset) => {
          const body = { text: `history ${first + offset} `.padEnd(values.bytes, 'x') }
          return client.ask({ t: 'send', channel, cid: `${run}-history-${first + offset}`, body })
        })
        const refused = (await Promise.all(answers)).find(({ t }) => t !== 'ack')
        if (refused !== undefined)
          throw new Error(`a send of the history was refused: ${JSON.stringify(refused)}`)
      }
      client.close()
    },
  )
}
