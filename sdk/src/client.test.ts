import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, live, until } from '../test/helpers.ts'
import { ModelServer, NO_FAULTS } from '../test/model-server.ts'
import type { WeftClient } from './client.ts'
import { WeftError } from './errors.ts'
import type { MessageEvent } from './events.ts'
import type { WeftOptions } from './options.ts'
import { MemoryStore } from './store/memory.ts'

let server: ModelServer
let clients: WeftClient[] = []

beforeEach(async () => {
  server = await ModelServer.start()
})
afterEach(async () => {
  await Promise.all(clients.map((client) => client.stop()))
  clients = []
  await server.stop()
})

function make(user: string | undefined, options: Partial<WeftOptions> = {}): WeftClient {
  const client = clientOf(server, user, options)
  clients.push(client)
  return client
}

async function connected(user: string, options: Partial<WeftOptions> = {}): Promise<WeftClient> {
  const client = make(user, options)
  await client.start()
  await live(client)
  return client
}

const seqs = (messages: readonly MessageEvent[]) => messages.map(({ seq }) => seq)

describe('two people', () => {
  it('talk', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const [ada, bob] = [await connected('ada'), await connected('bob')]
    const events = bob.events()
    const sending = ada.send('talk', 'hello')
    expect(sending.status).toBe('sent')
    expect(await sending.acked).toMatchObject({ channel: 'talk', seq: 1, cid: sending.cid, duplicate: false })
    expect((await events.next()).value).toMatchObject({ kind: 'message', body: 'hello', from: 'ada', seq: 1 })
    expect(bob.channels.get('talk')).toMatchObject({ head: 1, unread: 1, last: { body: 'hello' } })
    expect(ada.channels.get('talk')).toMatchObject({ head: 1, unread: 0, read: 1 })
    expect(ada.outbox.list).toEqual([])
    bob.markRead('talk', 1)
    expect(bob.channels.get('talk')).toMatchObject({ unread: 0, read: 1 })
    await until(bob, () => server.channels.get('talk')?.reads.get('bob') === 1, 'the read mark')
  })

  it('find a new channel in the list when another makes it', async () => {
    const [ada, bob] = [await connected('ada'), await connected('bob')]
    const made = await ada.channels.createDirect('bob')
    expect(ada.channels.get(made.id)).toMatchObject({ kind: 'direct', peer: 'bob' })
    await until(bob, () => bob.channels.get(made.id) !== undefined, 'the channel')
    await bob.channels.leave(made.id)
    expect(bob.channels.get(made.id)).toBeUndefined()
  })
})

describe('the connection', () => {
  it('resumes from its cursor, with nothing missed or told twice', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const got: MessageEvent[] = []
    ada.on('message', (message) => got.push(message))
    server.append('talk', 'bob', 'one')
    await until(ada, () => got.length === 1)
    server.down = true
    server.cut()
    await until(ada, () => ada.state.status === 'offline', 'offline')
    server.append('talk', 'bob', 'two')
    server.append('talk', 'bob', 'three')
    server.down = false
    await until(ada, () => got.length === 3)
    expect(seqs(got)).toEqual([1, 2, 3])
    expect(server.hellos.at(-1)?.cursor).toMatch(/^e1:/)
  })

  it('says `received` for what the store holds', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const received: string[] = []
    server.faults = { ...NO_FAULTS, received: (cursor) => received.push(cursor) }
    const ada = await connected('ada')
    server.append('talk', 'bob', 'one')
    await until(ada, () => received.at(-1) === server.cursor('ada'), 'received')
  })

  it.each([
    [4403, 'banned'],
    [4409, 'replaced'],
  ])('does not come back after %i', async (code, reason) => {
    const ada = await connected('ada')
    server.cut(code)
    await until(ada, () => ada.state.status === 'stopped', 'stopped')
    expect(ada.state).toMatchObject({ status: 'stopped', reason })
    expect(server.hellos.length).toBe(1)
    await ada.start()
    await live(ada)
  })

  it.each([1001, 1006, 4400, 4408, 4413, 4429])('comes back after %i', async (code) => {
    const ada = await connected('ada')
    if (code === 1006) server.cut()
    else server.cut(code)
    await until(ada, () => ada.state.status === 'offline', 'offline')
    ada.reconnect()
    await live(ada)
    expect(server.hellos.length).toBe(2)
  })

  it('asks for a new token when one is refused, and stops when that is refused too', async () => {
    const asked: (string | undefined)[] = []
    server.revoked.add('ada.1')
    const auth = async ({ stale }: { stale?: string }) => {
      asked.push(stale)
      return stale === undefined ? 'ada.1' : 'ada.2'
    }
    const ada = await connected('ada', { auth })
    expect(asked).toEqual([undefined, 'ada.1'])
    server.revoked.add('ada.2')
    server.cut(4401)
    await until(ada, () => ada.state.status === 'stopped', 'stopped')
    expect(ada.state).toMatchObject({ reason: 'unauthenticated' })
  })

  it('pings into silence, and gives up a server that does not answer', async () => {
    server.heartbeatS = 0.05
    const ada = await connected('ada')
    await until(ada, () => server.frames.some(({ t }) => t === 'ping'), 'a ping')
    expect(ada.state.status).toBe('live')
    server.deaf = true
    await until(ada, () => ada.state.status !== 'live', 'noticing')
    server.deaf = false
    await live(ada)
  })

  it('answers a ping', async () => {
    const ada = await connected('ada')
    server.say({ t: 'ping', id: 7 })
    await until(ada, () => server.frames.some(({ t, id }) => t === 'pong' && id === 7), 'a pong')
  })

  it('moves when its edge drains', async () => {
    const other = await ModelServer.start()
    try {
      const ada = await connected('ada')
      server.say({ t: 'drain', in: 0.01, edges: [other.url.replace('http', 'ws')] })
      await until(ada, () => other.connected === 1 && ada.state.status === 'live', 'the move')
      await ada.stop()
    } finally {
      await other.stop()
    }
  })
})

describe('the queue', () => {
  it('is healed when events are lost on the way', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const got: MessageEvent[] = []
    ada.on('message', (message) => got.push(message))
    let left = 2
    server.faults = { ...NO_FAULTS, event: () => (left-- > 0 ? 'drop' : 'ok') }
    for (const body of ['one', 'two', 'three']) server.append('talk', 'bob', body)
    await until(ada, () => got.length >= 3, 'all')
    expect(seqs(got)).toEqual([1, 2, 3])
    expect(server.hellos.length).toBe(1)
  })

  it('is begun anew with a snapshot after a reset, and then goes on', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    server.addChannel('b', ['ada', 'bob'])
    server.addChannel('c', ['ada', 'bob'])
    const ada = await connected('ada')
    const resets: string[] = []
    ada.on('reset', ({ reason }) => resets.push(reason))
    server.down = true
    server.cut()
    await until(ada, () => ada.state.status === 'offline')
    server.append('c', 'bob', 'missed')
    server.expire('ada')
    server.down = false
    await until(ada, () => resets.length === 1 && ada.state.status === 'live', 'the reset')
    expect(resets).toEqual(['expired'])
    expect(ada.channels.get('c')).toMatchObject({ head: 1, unread: 1 })
    const got: MessageEvent[] = []
    ada.on('message', (message) => got.push(message))
    server.append('c', 'bob', 'after')
    await until(ada, () => got.length === 1)
    expect(ada.channels.get('c')).toMatchObject({ head: 2, unread: 2 })
    await until(ada, () => ada.channels.get('c')?.last?.seq === 2)
  })

  it('gets past events that the server can never give', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const resets: string[] = []
    ada.on('reset', ({ reason }) => resets.push(reason))
    server.faults = { ...NO_FAULTS, event: () => 'drop' }
    server.append('talk', 'bob', 'lost')
    server.say({ t: 'event', cursor: 'e1:900', prev: 'e1:899', event: { kind: 'typing' } })
    await until(ada, () => resets.length === 1 && ada.state.status === 'live', 'the reset')
    expect(resets).toEqual(['gap'])
    expect(ada.channels.get('talk')).toMatchObject({ head: 1 })
  })
})

describe('a reload', () => {
  it('keeps the channels, the cursor and what was not sent', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const store = new MemoryStore()
    const before = await connected('ada', { store })
    server.append('talk', 'bob', 'one')
    await until(before, () => before.channels.get('talk')?.head === 1)
    server.down = true
    server.cut()
    await until(before, () => before.state.status === 'offline')
    const written = before.send('talk', 'written offline')
    expect(written.status).toBe('queued')
    await before.stop()

    const after = make('ada', { store })
    await after.start()
    expect(after.channels.get('talk')).toMatchObject({ head: 1, unread: 1, last: { body: 'one' } })
    expect(after.outbox.list.map(({ cid }) => cid)).toEqual([written.cid])
    server.append('talk', 'bob', 'meanwhile')
    server.down = false
    await until(after, () => after.outbox.list.length === 0, 'the send')
    expect(server.channels.get('talk')?.messages.map(({ body }) => body)).toEqual([
      'one',
      'meanwhile',
      'written offline',
    ])
    await until(after, () => after.channels.get('talk')?.head === 3)
    expect(after.channels.get('talk')).toMatchObject({ unread: 0 })
    expect(server.hellos.at(-1)?.cursor).toBeDefined()
  })

  it('of another user keeps nothing of the one before', async () => {
    server.addChannel('secret', ['ada'])
    const store = new MemoryStore()
    const ada = await connected('ada', { store })
    await until(ada, () => ada.channels.get('secret') !== undefined)
    await ada.stop()
    const bob = await connected('bob', { store })
    expect(bob.channels.list).toEqual([])
    expect((await store.list('channel/')).map(([key]) => key)).toEqual([])
  })
})

describe('the outbox', () => {
  it('fails what is refused for good, and only that', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const sends = ['one', 'rejected', 'three'].map((body) => ada.send('talk', body))
    const ends = await Promise.allSettled(sends.map(({ acked }) => acked))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(ada.outbox.list).toMatchObject([
      { body: 'rejected', status: 'failed', error: { code: 'rejected' } },
    ])
    const cid = ada.outbox.list[0]?.cid ?? ''
    expect(ada.outbox.discard(cid)).toBe(true)
    expect(ada.outbox.list).toEqual([])
  })

  it('sends again what failed, when told to', async () => {
    const channel = server.addChannel('talk', ['bob'])
    const ada = await connected('ada')
    const { cid, acked } = ada.send('talk', 'not a member yet')
    await expect(acked).rejects.toMatchObject({ code: 'forbidden' })
    channel.members.set('ada', 0)
    ada.outbox.retry(cid)
    await until(ada, () => channel.messages.length === 1 && ada.outbox.list.length === 0, 'the send')
  })

  it('refuses at once what no server would take', async () => {
    const ada = await connected('ada')
    const { status, acked } = ada.send('talk', 'x'.repeat(16 * 1024 + 1))
    expect(status).toBe('failed')
    await expect(acked).rejects.toMatchObject({ code: 'too_large' })
  })

  it('learns from the queue that a send was kept when its ack is lost', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    server.faults = { ...NO_FAULTS, ack: () => 'lose' }
    expect(await ada.send('talk', 'hello').acked).toMatchObject({ seq: 1 })
  })
})

describe('accounts', () => {
  it('sign up, log in, refresh once for all, and log out', async () => {
    const store = new MemoryStore()
    const ada = make(undefined, { store })
    await ada.start()
    await until(ada, () => ada.state.status === 'stopped')
    expect(ada.state).toMatchObject({ reason: 'unauthenticated' })
    expect(await ada.accounts.signUp('ada', 'secret')).toMatchObject({ id: 'ada' })
    await expect(ada.accounts.signUp('ada', 'other')).rejects.toBeInstanceOf(WeftError)
    await ada.start()
    await live(ada)
    server.revoked.add('ada.1')
    await Promise.all([ada.users.get('x'), ada.users.get('y'), ada.users.get('z')])
    expect(server.refreshes).toBe(1)
    await ada.accounts.logOut()
    expect(ada.state).toMatchObject({ status: 'stopped', reason: 'unauthenticated' })
    expect(await store.get('session')).toBeUndefined()
    await expect(ada.users.me()).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('events', () => {
  it('end with an error when nobody reads them', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const events = ada.events({ buffer: 2 })
    for (let n = 0; n < 4; n += 1) server.append('talk', 'bob', `${n}`)
    await until(ada, () => ada.channels.get('talk')?.head === 4)
    expect((await events.next()).done).toBe(false)
    expect((await events.next()).done).toBe(false)
    await expect(events.next()).rejects.toMatchObject({ code: 'overflow' })
    expect((await events.next()).done).toBe(true)
  })

  it('go on past a handler that throws', async () => {
    server.addChannel('talk', ['ada', 'bob'])
    const ada = await connected('ada')
    const problems: Error[] = []
    const got: MessageEvent[] = []
    ada.on('problem', (problem) => problems.push(problem))
    ada.on('message', () => {
      throw new Error('a bug of the app')
    })
    ada.on('message', (message) => got.push(message))
    server.append('talk', 'bob', 'one')
    await until(ada, () => got.length === 1)
    expect(problems.map(({ message }) => message)).toEqual(['a bug of the app'])
  })
})
