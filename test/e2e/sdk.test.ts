import { join as joinPath } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { FileStore } from '../../sdk/src/node.ts'
import { freePort } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { wireTo } from './page-support.ts'
import { join, listen, live, makeClient, PASSWORD, seqs, stopAll, texts, told, upTo } from './sdk-support.ts'

/** What the SDK promises, on the whole of Weft. */

afterEach(stopAll)

type Folder = Awaited<ReturnType<typeof temporaryFolder>>

describe('on a server that stays', () => {
  let weft: RunningWeft
  let folder: Folder
  beforeAll(async () => {
    folder = await temporaryFolder('sdk')
    weft = await startWeft(folder.path)
  })
  afterAll(async () => {
    await weft.stop()
    await folder.remove()
  })

  test('two people talk, both ways, each hearing the other by for await', async () => {
    const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
    expect((await ada.client.users.find('BOB'))?.id).toBe(bob.id)
    expect((await ada.client.users.search('Bo')).map(({ id }) => id)).toContain(bob.id)
    expect(await ada.client.users.search('bobb')).toEqual([])
    const { id } = await ada.client.channels.createDirect(bob.id)
    const first = await ada.client.send(id, 'hello Bob').acked
    expect(first).toMatchObject({ channel: id, seq: 1, duplicate: false, level: 'region' })
    await told(bob, 1)
    await until(() => bob.client.channels.get(id) !== undefined, 'the channel is in Bob’s list')
    expect(bob.client.channels.get(id)).toMatchObject({ kind: 'direct', head: 1, unread: 1, peer: ada.id })
    await bob.client.send(id, { text: 'hello Ada' }).acked
    await Promise.all([told(ada, 2), told(bob, 2)])
    expect(bob.told).toMatchObject([
      { seq: 1, from: ada.id, cid: first.cid, at: first.at, body: 'hello Bob' },
      { seq: 2, from: bob.id, body: { text: 'hello Ada' } },
    ])
    expect(ada.told).toEqual(bob.told)
    // To answer is to have read.
    expect(bob.client.channels.get(id)).toMatchObject({ head: 2, read: 2, unread: 0 })
    expect(ada.client.outbox.list).toEqual([])
    expect([...ada.problems, ...bob.problems]).toEqual([])
  })

  test('a group: made, joined, left, and what each of them hears', async () => {
    const [eve, fay, gus] = await Promise.all(['eve', 'fay', 'gus'].map((name) => join(weft.url, name)))
    if (!eve || !fay || !gus) throw new Error('somebody is missing')
    const { id } = await eve.client.channels.createGroup('Tea', [fay.id])
    await until(() => fay.client.channels.get(id)?.name === 'Tea', 'the group is in Fay’s list')
    await eve.client.send(id, 'before Gus').acked
    await eve.client.channels.add(id, gus.id)
    await until(() => gus.client.channels.get(id)?.members === 3, 'the group is in Gus’s list')
    await Promise.all([fay.client.send(id, 'welcome').acked, gus.client.send(id, 'thanks').acked])
    await Promise.all([told(eve, 3), told(fay, 3), told(gus, 2)])
    expect(seqs(fay.told)).toEqual([1, 2, 3])
    expect(eve.told).toEqual(fay.told)
    expect(gus.told).toEqual(fay.told.slice(1))
    expect((await eve.client.channels.members(id)).map(({ user }) => user).sort()).toEqual(
      [eve.id, fay.id, gus.id].sort(),
    )
    await gus.client.channels.leave(id)
    await until(() => eve.client.channels.get(id)?.members === 2, 'Gus is seen to have left')
    expect(gus.client.channels.get(id)).toBeUndefined()
    await expect(gus.client.send(id, 'one more thing').acked).rejects.toMatchObject({ code: 'forbidden' })
    expect(gus.client.outbox.list).toMatchObject([{ status: 'failed', body: 'one more thing' }])
    await eve.client.send(id, 'he is gone').acked
    await told(fay, 4)
    expect(gus.told.length).toBe(2)
  })

  test('unread counts and read marks are in step on all devices, new ones too', async () => {
    const [hal, phone] = await Promise.all([join(weft.url, 'hal'), join(weft.url, 'ivy')])
    const laptop = await join(weft.url, 'ivy')
    expect(laptop.id).toBe(phone.id)
    expect(laptop.client.device).not.toBe(phone.client.device)
    const { id } = await hal.client.channels.createDirect(phone.id)
    for (const text of ['one', 'two', 'three']) await hal.client.send(id, text).acked
    const unread = (person: typeof phone) => person.client.channels.get(id)?.unread
    await until(() => unread(phone) === 3 && unread(laptop) === 3, 'three are unread on both')
    phone.client.markRead(id, 2)
    expect(phone.client.channels.get(id)).toMatchObject({ read: 2, unread: 1 })
    await until(() => unread(laptop) === 1, 'the laptop has heard of it')
    laptop.client.markRead(id, 3)
    await until(() => unread(phone) === 0, 'the phone has heard of it')
    const tablet = await join(weft.url, 'ivy')
    expect(tablet.client.channels.get(id)).toMatchObject({ head: 3, read: 3, unread: 0 })
  })

  test('history is paged to its beginning without a hole, and around a place', async () => {
    const [jim, kim] = await Promise.all([join(weft.url, 'jim'), join(weft.url, 'kim')])
    const { id } = await jim.client.channels.createDirect(kim.id)
    const count = 230
    await Promise.all(upTo(count).map((n) => jim.client.send(id, `line ${n}`).acked))
    const found = (await kim.client.history(id, { limit: 50 })).items.slice()
    while ((found[0]?.seq ?? 1) > 1) {
      const page = await kim.client.history(id, { limit: 50, before: found[0]?.seq ?? 1 })
      expect(page.items.length).toBeGreaterThan(0)
      found.unshift(...page.items)
    }
    expect(seqs(found)).toEqual(upTo(count))
    expect(texts(found)).toEqual(upTo(count).map((n) => `line ${n}`))
    expect((await kim.client.history(id, { before: 1 })).items).toEqual([])
    const around = seqs((await kim.client.history(id, { around: 100, limit: 11 })).items)
    expect(around).toContain(100)
    expect(around.length).toBe(11)
  })

  test('a network that goes again and again, amid 200 sends: nothing is doubled, lost or out of order', async () => {
    const wire = await wireTo(weft.url)
    try {
      const [ned, olga] = await Promise.all([join(wire.url, 'ned'), join(weft.url, 'olga')])
      const { id } = await ned.client.channels.createDirect(olga.id)
      const count = 200
      let acked = 0
      const acks = upTo(count).map(async (n) => {
        const ack = await ned.client.send(id, `line ${n}`).acked
        // What is on its way now is kept, but its ack is lost.
        if (++acked % 20 === 0) wire.cut()
        return ack
      })
      ned.client.on('state', ({ status }) => status === 'offline' && wire.mend())
      expect(seqs(await Promise.all(acks))).toEqual(upTo(count))
      await Promise.all([told(olga, count), told(ned, count)])
      expect(texts(olga.told)).toEqual(upTo(count).map((n) => `line ${n}`))
      expect(ned.told).toEqual(olga.told)
      expect(ned.states.filter((status) => status === 'live').length).toBeGreaterThan(3)
    } finally {
      wire.close()
    }
  })

  test('a cursor that the server no longer knows is healed by a snapshot', async () => {
    const [liz, max] = await Promise.all([join(weft.url, 'liz'), join(weft.url, 'max')])
    const { id } = await liz.client.channels.createDirect(max.id)
    await liz.client.send(id, 'seen').acked
    await told(max, 1)
    await max.client.stop()
    await max.store.write(new Map([['cursor', 'unknown:7']]))
    await liz.client.send(id, 'missed').acked
    const back = makeClient(weft.url, { store: max.store })
    const notes = { told: [], states: [], problems: [] }
    listen(back, notes)
    const resets: string[] = []
    back.on('reset', ({ reason }) => resets.push(reason))
    await back.start()
    await live(back)
    expect(resets).toEqual(['epoch'])
    expect(back.channels.get(id)).toMatchObject({ head: 2, unread: 2, last: { body: 'missed' } })
    await liz.client.send(id, 'after').acked
    await told({ ...max, client: back, ...notes }, 1)
    expect(notes).toMatchObject({ told: [{ seq: 3, body: 'after' }], problems: [] })
  })
})

describe('on a server that goes and comes back', () => {
  let weft: RunningWeft
  let folder: Folder
  let env: Record<string, string>
  beforeAll(async () => {
    folder = await temporaryFolder('sdk-restarts')
    env = { WEFT_PORT: String(await freePort()), WEFT_DRAIN_MS: '300' }
    weft = await startWeft(folder.path, env)
  })
  afterAll(async () => {
    await weft.killGroup().catch(() => undefined)
    await folder.remove()
  })

  test('kill -9 of everything amid 200 sends: each is acked once, in order, and the other misses none', {
    timeout: 60_000,
  }, async () => {
    const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
    const { id } = await ada.client.channels.createDirect(bob.id)
    const count = 200
    const acks: number[] = []
    const sendings = upTo(count).map((n) => ada.client.send(id, `line ${n}`))
    const killed = new Promise<void>((resolve, reject) => {
      for (const { acked } of sendings) {
        acked.then(({ seq }) => {
          acks.push(seq)
          if (acks.length === 40) weft.killGroup().then(resolve, reject)
        }, reject)
      }
    })
    await killed
    const before = acks.length
    weft = await startWeft(folder.path, env)
    const got = await Promise.all(sendings.map(({ acked }) => acked))
    expect(before).toBeLessThan(count)
    expect(seqs(got)).toEqual(upTo(count))
    expect(acks.length).toBe(count)
    await Promise.all([told(bob, count), told(ada, count)])
    expect(texts(bob.told)).toEqual(upTo(count).map((n) => `line ${n}`))
    expect(ada.told).toEqual(bob.told)
    expect(ada.client.outbox.list).toEqual([])
    expect(bob.states).toContain('offline')
    await live(bob.client)
  })

  test('what is written while the server is away outlives the client’s own process', {
    timeout: 60_000,
  }, async () => {
    const bob = await join(weft.url, 'Bert')
    const path = joinPath(folder.path, 'cleo.json')
    const first = makeClient(weft.url, { store: new FileStore(path) })
    await first.accounts.signUp('cleo', PASSWORD)
    await first.start()
    await live(first)
    const { id } = await first.channels.createDirect(bob.id)
    await weft.killGroup()
    const cids = upTo(5).map((n) => first.send(id, `offline ${n}`).cid)
    await until(() => first.state.status === 'offline', 'the client is offline')
    await first.stop()

    const second = makeClient(weft.url, { store: new FileStore(path) })
    await second.start()
    expect(second.outbox.list.map(({ cid }) => cid)).toEqual(cids)
    expect(second.channels.get(id)).toMatchObject({ kind: 'direct' })
    const last = second.send(id, 'offline 6')
    weft = await startWeft(folder.path, env)
    expect(await last.acked).toMatchObject({ seq: 6, duplicate: false })
    await told(bob, 6)
    expect(texts(bob.told)).toEqual(upTo(6).map((n) => `offline ${n}`))
    expect(bob.told.map(({ cid }) => cid)).toEqual([...cids, last.cid])
    expect(second.outbox.list).toEqual([])
  })

  test('SIGTERM: clients come back to the new server, and nothing is missing', {
    timeout: 60_000,
  }, async () => {
    const [dan, eli] = await Promise.all([join(weft.url, 'dan'), join(weft.url, 'eli')])
    const { id } = await dan.client.channels.createDirect(eli.id)
    const sent: Promise<{ seq: number }>[] = []
    const say = () => sent.push(dan.client.send(id, `line ${sent.length + 1}`).acked)
    // Every state that it goes through on the way, it says something more.
    const off = dan.client.on('state', say)
    say()
    await weft.stop()
    expect(await weft.exited).toBe(0)
    await until(() => eli.states.includes('offline') && dan.states.includes('offline'), 'both have noticed')
    say()
    weft = await startWeft(folder.path, env)
    await Promise.all([live(dan.client), live(eli.client)])
    off()
    say()
    expect(seqs(await Promise.all(sent))).toEqual(upTo(sent.length))
    await told(eli, sent.length)
    expect(texts(eli.told)).toEqual(sent.map((_, index) => `line ${index + 1}`))
  })
})

describe('on a server that refuses', () => {
  const withServer = async (env: Record<string, string>, work: (weft: RunningWeft) => Promise<void>) => {
    const folder = await temporaryFolder('sdk-refusals')
    const weft = await startWeft(folder.path, env)
    try {
      await work(weft)
    } finally {
      await stopAll()
      await weft.stop()
      await folder.remove()
    }
  }

  test('tokens that run out in mid-connection are refreshed, and nothing is missed', async () => {
    await withServer({ WEFT_ACCESS_TOKEN_S: '1' }, async (weft) => {
      const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
      const { id } = await ada.client.channels.createDirect(bob.id)
      const connects = (person: typeof ada) => person.states.filter((state) => state === 'connecting').length
      let count = 0
      await until(async () => {
        await ada.client.send(id, `line ${++count}`).acked
        return connects(ada) >= 3 && connects(bob) >= 3
      }, 'both have had new tokens twice')
      await told(bob, count)
      expect(texts(bob.told)).toEqual(upTo(count).map((n) => `line ${n}`))
      expect(seqs(ada.told)).toEqual(upTo(count))
      expect([...ada.problems, ...bob.problems]).toEqual([])
    })
  })

  test('a flood past the rate limit arrives whole and in order', async () => {
    const env = { WEFT_LIMITS: 'on', WEFT_EDGE_SEND_RATE: '100', WEFT_EDGE_SEND_BURST: '30' }
    await withServer(env, async (weft) => {
      const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
      const { id } = await ada.client.channels.createDirect(bob.id)
      await flood(ada, bob, id)
    })
  })

  test('sends that the fabric has no room for arrive whole and in order', async () => {
    await withServer({ WEFT_CHAT_MAX_QUEUED: '12' }, async (weft) => {
      const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
      const { id } = await ada.client.channels.createDirect(bob.id)
      await flood(ada, bob, id)
    })
  })

  /** Some must be refused, or the test shows nothing. */
  async function flood(
    ada: Awaited<ReturnType<typeof join>>,
    bob: typeof ada,
    channel: string,
  ): Promise<void> {
    const count = 80
    let sentAgain = 0
    const before = new Map<string, string>()
    ada.client.on('outbox', ({ cid, status }) => {
      if (before.get(cid) === 'sent' && status === 'queued') sentAgain++
      before.set(cid, status)
    })
    const acks = await Promise.all(upTo(count).map((n) => ada.client.send(channel, `line ${n}`).acked))
    expect(seqs(acks)).toEqual(upTo(count))
    await told(bob, count)
    expect(texts(bob.told)).toEqual(upTo(count).map((n) => `line ${n}`))
    expect(sentAgain).toBeGreaterThan(0)
    expect(ada.problems).toEqual([])
  }
})
