import { afterAll, beforeAll, expect, test } from 'vitest'
import { sees, startFabric, statuses, watch } from './support.ts'

const IDLE_MS = 1_500
/** What the issue asks for, of a change and of an edge's death. */
const CHANGE_MS = 2_000
const DEATH_MS = 10_000

let fabric: Awaited<ReturnType<typeof startFabric>>
beforeAll(async () => {
  fabric = await startFabric({ WEFT_PRESENCE_IDLE_MS: String(IDLE_MS), WEFT_EDGE_SESSION_WATCHES: '2000' })
})
afterAll(async () => fabric.stop())

/** How long until it holds (ms). */
async function took(act: () => unknown, holds: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  await holds()
  return performance.now() - began
}

test('who watches is told within 2 s that somebody comes, says something else, and goes, on another edge', async () => {
  const bob = await fabric.hello('bob')
  expect(await watch(bob, 'ann', 'bob')).toEqual([
    { user: 'ann', status: 'offline', last_seen: null },
    { user: 'bob', status: 'online', last_seen: expect.any(String) },
  ])
  const began = Date.now()
  const ann = await fabric.hello('ann', 'phone', 1)
  const times = [
    await took(
      () => undefined,
      () => sees(bob, 'ann', 'online'),
    ),
  ]
  const says = (frame: object, status: string) => {
    const from = bob.frames.length
    return took(
      () => ann.send({ id: 9, ...frame }),
      () => sees(bob, 'ann', status, from),
    )
  }
  times.push(await says({ t: 'presence', status: 'busy', text: 'in a "meeting"' }, 'busy'))
  expect(await sees(bob, 'ann', 'busy')).toMatchObject({ text: 'in a "meeting"' })
  times.push(await says({ t: 'presence', status: 'invisible', text: 'nobody sees this' }, 'offline'))
  const hidden = await sees(bob, 'ann', 'offline')
  expect(hidden.text).toBeUndefined()
  expect(Date.parse(hidden.last_seen ?? '')).toBeGreaterThanOrEqual(began)
  times.push(await says({ t: 'presence', status: 'online' }, 'online'))
  times.push(await says({ t: 'state', foreground: false }, 'away'))
  times.push(await says({ t: 'state', foreground: true }, 'online'))
  const from = bob.frames.length
  times.push(
    await took(
      () => ann.close(),
      () => sees(bob, 'ann', 'offline', from),
    ),
  )
  expect(Math.max(...times)).toBeLessThan(CHANGE_MS)
  // Last seen is kept: somebody who begins to watch later is told too.
  const cat = await fabric.hello('cat')
  const [seen] = await watch(cat, 'ann')
  expect(Date.parse(seen?.last_seen ?? '')).toBeGreaterThanOrEqual(began)
  for (const client of [bob, cat]) client.close()
})

test('of several devices the most present counts, and an idle one goes away by itself', async () => {
  const dan = await fabric.hello('dan')
  await watch(dan, 'eve')
  const [phone, laptop] = [await fabric.hello('eve', 'phone'), await fabric.hello('eve', 'laptop', 1)]
  await sees(dan, 'eve', 'online')
  await phone.ask({ t: 'presence', status: 'busy' })
  await sees(dan, 'eve', 'busy')
  const from = dan.frames.length
  phone.close()
  await sees(dan, 'eve', 'online', from)
  // Nothing is done on the laptop: it is away after a while, and back with the first thing that is done.
  await sees(dan, 'eve', 'away', from)
  const later = dan.frames.length
  laptop.send({ t: 'typing', channel: 'nowhere', on: true })
  await sees(dan, 'eve', 'online', later)
  for (const client of [dan, laptop]) client.close()
})

test('a connection that is replaced at once was never away', async () => {
  const fay = await fabric.hello('fay')
  await watch(fay, 'gus', 'hal')
  const gus = await fabric.hello('gus')
  await gus.ask({ t: 'presence', status: 'busy' })
  await sees(fay, 'gus', 'busy')
  const again = await fabric.hello('gus', 'pc', 1)
  await again.ask({ t: 'presence', status: 'busy' })
  // What came of it has come by the time that somebody else is seen.
  const hal = await fabric.hello('hal')
  await sees(fay, 'hal', 'online')
  expect(statuses(fay, 'gus').slice(-1)).toEqual(['busy'])
  expect(statuses(fay, 'gus')).not.toContain('offline')
  for (const client of [fay, again, hal]) client.close()
})

test('one who says at once that they are invisible is seen by nobody, nor when their connection is replaced', async () => {
  const oli = await fabric.hello('oli')
  await watch(oli, 'pia', 'quy')
  const pia = await fabric.helloAs('pia', 'invisible')
  const again = await fabric.hello('pia')
  await pia.closed
  const quy = await fabric.hello('quy')
  await sees(oli, 'quy', 'online')
  expect(statuses(oli, 'pia')).toEqual([])
  for (const client of [oli, again, quy]) client.close()
})

test('only who watches is told, and no more after unwatch', async () => {
  const [ivy, jon] = [await fabric.hello('ivy'), await fabric.hello('jon')]
  await watch(ivy, 'kim')
  await watch(jon, 'kim')
  const kim = await fabric.hello('kim', 'pc', 1)
  await Promise.all([sees(ivy, 'kim', 'online'), sees(jon, 'kim', 'online')])
  expect(await ivy.ask({ t: 'unwatch', users: ['kim'] })).toMatchObject({ t: 'ok', presence: [] })
  await kim.ask({ t: 'presence', status: 'away' })
  await sees(jon, 'kim', 'away')
  expect(statuses(ivy, 'kim')).toEqual(['online'])
  for (const client of [ivy, jon, kim]) client.close()
})

test('watching too many is a named error, and nobody else is slowed', async () => {
  const [mia, lea] = [await fabric.hello('mia'), await fabric.hello('lea')]
  const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => `p${from + i}`)
  const errors = await Promise.all([
    mia.ask({ t: 'watch', users: many(0, 1_001) }),
    mia.ask({ t: 'unwatch', users: many(0, 1_001) }),
  ])
  for (const error of errors) expect(error).toMatchObject({ t: 'error', code: 'too_large' })
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => mia.ask({ t: 'watch', users: many(i * 1_000, 1_000) })),
  )
  expect(answers.filter(({ t }) => t === 'ok').length).toBe(2)
  for (const refused of answers.slice(2))
    expect(refused).toMatchObject({ t: 'error', code: expect.stringMatching(/^(too_large|rate_limited)$/) })
  await watch(lea, 'ned')
  const ned = await fabric.hello('ned', 'pc', 1)
  expect(
    await took(
      () => undefined,
      () => sees(lea, 'ned', 'online'),
    ),
  ).toBeLessThan(CHANGE_MS)
  expect(mia.isOpen).toBe(true)
  for (const client of [mia, lea, ned]) client.close()
})

test('an edge that is killed takes its sessions along within 10 s', async () => {
  const watcher = await fabric.hello('una')
  await watch(watcher, 'tom', 'uli')
  const stays = await fabric.hello('uli')
  await fabric.hello('tom', 'pc', 1)
  await Promise.all([sees(watcher, 'tom', 'online'), sees(watcher, 'uli', 'online')])
  const ms = await took(
    () => fabric.edges[1].kill(),
    () => sees(watcher, 'tom', 'offline'),
  )
  expect(ms).toBeLessThan(DEATH_MS)
  expect(statuses(watcher, 'uli')).not.toContain('offline')
  // One that leaves says so.
  const leaving = await fabric.startEdge(1)
  const from = watcher.frames.length
  await fabric.hello('tom', 'pc', 1)
  await sees(watcher, 'tom', 'online', from)
  const leftMs = await took(
    () => leaving.stop(),
    () => sees(watcher, 'tom', 'offline', from),
  )
  expect(leftMs).toBeLessThan(DEATH_MS / 2)
  await fabric.startEdge(1)
  for (const client of [watcher, stays]) client.close()
})

test('a worker that is killed, or leaves, is replaced: nobody was away meanwhile, and what changed is told', async () => {
  const watcher = await fabric.hello('vic')
  await watch(watcher, 'wim', 'xia')
  const wim = await fabric.hello('wim', 'pc', 1)
  const xia = await fabric.hello('xia', 'pc', 1)
  await Promise.all([sees(watcher, 'wim', 'online'), sees(watcher, 'xia', 'online')])
  await fabric.presence.kill()
  wim.close()
  const second = await fabric.start('presence')
  await sees(watcher, 'wim', 'offline')
  await fabric.start('presence')
  await second.stop()
  await xia.ask({ t: 'presence', status: 'busy' })
  await sees(watcher, 'xia', 'busy')
  expect(statuses(watcher, 'xia')).not.toContain('offline')
  for (const client of [watcher, xia]) client.close()
})

test('when NATS is back after it was gone, presence is true again', async () => {
  const watcher = await fabric.hello('yen')
  await watch(watcher, 'zoe', 'zac')
  const [zoe, zac] = [await fabric.hello('zoe', 'pc', 1), await fabric.hello('zac', 'pc', 1)]
  await Promise.all([sees(watcher, 'zoe', 'online'), sees(watcher, 'zac', 'online')])
  await fabric.nats.kill()
  zoe.close()
  await fabric.nats.restart()
  await sees(watcher, 'zoe', 'offline')
  await zac.ask({ t: 'presence', status: 'busy' })
  await sees(watcher, 'zac', 'busy')
  expect(statuses(watcher, 'zac')).not.toContain('offline')
  for (const client of [watcher, zac]) client.close()
})
