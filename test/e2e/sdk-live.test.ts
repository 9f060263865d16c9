import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Client, readersOf, tickOf } from '../../sdk/src/mod.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { join, live, stopAll, texts, told, upTo } from './sdk-support.ts'

/** What passes without being kept, and the windows that the SDK keeps of it, on the whole of Weft. */

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('sdk-live')
  weft = await startWeft(folder.path)
})
afterEach(stopAll)
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

test('presence: who is watched is seen to come, to be busy, to go; and is watched again after a break', async () => {
  const [ada, bob] = await Promise.all([join(weft.url, 'ada'), join(weft.url, 'bob')])
  await ada.client.channels.createDirect(bob.id)
  const seen = () => ada.client.presence.get(bob.id)?.status
  const [first, second] = [ada.client.presence.watch([bob.id]), ada.client.presence.watch([bob.id])]
  await until(() => seen() === 'online', 'Bob is online')
  bob.client.presence.set('busy', 'in a meeting')
  await until(() => seen() === 'busy', 'Bob is busy')
  expect(ada.client.presence.get(bob.id)?.text).toBe('in a meeting')
  first()
  await ada.client.stop()
  await ada.client.start()
  await live(ada.client)
  const busyAgain = bob.states.length
  // What Bob said belongs to his device, not to one connection of it.
  await bob.client.stop()
  await until(() => seen() === 'offline', 'Bob has gone')
  await bob.client.start()
  await until(() => seen() === 'busy', 'Bob is back, and busy')
  expect(bob.states.length).toBeGreaterThan(busyAgain)
  second()
  expect([...ada.problems, ...bob.problems]).toEqual([])
})

test('typing: seen, and over by itself, by a message, and by the word that it is over', async () => {
  const limits = { typingQuietMs: 300, typingOverMs: 2_000 }
  const [eve, fay] = await Promise.all([join(weft.url, 'eve'), join(weft.url, 'fay', { limits })])
  const { id } = await fay.client.channels.createDirect(eve.id)
  const said: boolean[] = []
  eve.client.on('typing', ({ on }) => said.push(on))
  await until(() => eve.client.channels.get(id) !== undefined, 'the channel is there')
  fay.client.typing(id, true)
  fay.client.typing(id, true)
  await until(() => eve.client.typists(id).includes(fay.id), 'Fay types')
  await until(() => eve.client.typists(id).length === 0, 'Fay has stopped')
  fay.client.typing(id, true)
  await until(() => eve.client.typists(id).includes(fay.id), 'Fay types again')
  await fay.client.send(id, 'there').acked
  await until(() => eve.client.typists(id).length === 0, 'it was said')
  expect(said).toEqual([true, false, true, false])
})

test('ticks: a device that comes later shows them too, and who joins or leaves takes nothing from them', async () => {
  const [ida, jan, kay] = await Promise.all(['ida', 'jan', 'kay'].map((name) => join(weft.url, name)))
  if (!ida || !jan || !kay) throw new Error('somebody is missing')
  const { id } = await ida.client.channels.createGroup('Tea', [jan.id, kay.id])
  const tick = (client: Client) => {
    const channel = client.channels.get(id)
    return channel && tickOf(channel, 1)
  }
  await ida.client.send(id, 'hello').acked
  await until(() => tick(ida.client) === 'delivered', 'both have it')
  jan.client.markRead(id, 1)
  await until(() => readersIn(ida.client) === 1, 'Jan has read it')
  expect(tick(ida.client)).toBe('delivered')
  kay.client.markRead(id, 1)
  await until(() => tick(ida.client) === 'read', 'both have read it')
  const second = await join(weft.url, 'ida')
  const timeline = second.client.timeline(id)
  await until(() => tick(second.client) === 'read', 'the other device knows it too')
  const lea = await join(weft.url, 'lea')
  await ida.client.channels.add(id, lea.id)
  for (const client of [ida.client, second.client])
    await until(
      () => client.channels.get(id)?.members === 4 && tick(client) === 'read',
      'Lea wasn’t there then',
    )
  await ida.client.send(id, 'again').acked
  for (const { client } of [jan, lea])
    await until(() => client.channels.get(id)?.head === 2, 'they have it too')
  jan.client.markRead(id, 2)
  await until(() => readersIn(ida.client, 2) === 1, 'Jan has read that too')
  await ida.client.channels.remove(id, jan.id)
  await until(() => ida.client.channels.get(id)?.members === 3, 'Jan is gone')
  lea.client.markRead(id, 2)
  await until(() => readersIn(ida.client, 2) === 1, 'Lea has read it, and Jan counts no more')
  const channel = ida.client.channels.get(id)
  expect(channel && tickOf(channel, 2)).not.toBe('read')
  timeline.close()

  function readersIn(client: Client, seq = 1): number {
    const shown = client.channels.get(id)
    return shown ? readersOf(shown, seq).length : 0
  }
})

test('a broadcast channel: what is open comes live, once, and after a break without a hole', async () => {
  const [gus, hal] = await Promise.all([join(weft.url, 'gus'), join(weft.url, 'hal')])
  const { id } = await gus.client.channels.createBroadcast('News', [hal.id])
  await until(() => hal.client.channels.get(id) !== undefined, 'the channel is there')
  expect(hal.client.channels.get(id)?.fanout).toBe('read')
  await gus.client.send(id, 'line 1').acked

  const timeline = hal.client.timeline(id)
  await until(() => timeline.messages.length === 1, 'the timeline has been loaded')
  for (const n of upTo(5).slice(1)) await gus.client.send(id, `line ${n}`).acked
  await told(hal, 4)
  await hal.client.stop()
  for (const n of upTo(9).slice(5)) await gus.client.send(id, `line ${n}`).acked
  await hal.client.start()
  await until(() => timeline.messages.length === 9, 'what was missed has come')
  await gus.client.send(id, 'line 10').acked
  await until(() => timeline.messages.length === 10, 'what is new has come')
  expect(texts(timeline.messages)).toEqual(upTo(10).map((n) => `line ${n}`))
  expect(new Set(hal.told.map(({ seq }) => seq)).size).toBe(hal.told.length)
  hal.client.markRead(id, 10)
  expect(hal.client.channels.get(id)).toMatchObject({ head: 10, unread: 0 })
  timeline.close()
  expect([...gus.problems, ...hal.problems]).toEqual([])
})
