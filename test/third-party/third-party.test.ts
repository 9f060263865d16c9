import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { findChromium, launch, type Wire, wireTo } from '../e2e/page-support.ts'
import { type Frame, http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { type Asked, pageTalker, pythonTalker, servePage, type Talker } from './talkers.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)
const python = process.env.WEFT_PYTHON ?? ''
const chromium = findChromium() ?? ''

type Event = { readonly kind: string; readonly seq: number; readonly from: string; readonly body: string }
type Person = { readonly name: string; readonly wire: Wire; readonly talker: Talker }
const eventOf = (frame: Frame) => frame['event'] as Event
const texts = (frames: readonly Frame[]) =>
  frames.flatMap((frame) =>
    frame.t === 'event' && eventOf(frame).kind === 'message'
      ? [`${eventOf(frame).seq} ${eventOf(frame).from}: ${eventOf(frame).body}`]
      : [],
  )

describe.skipIf(python === '' || chromium === '')('clients that know nothing of this project', () => {
  let weft: RunningWeft
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let site: Awaited<ReturnType<typeof servePage>>
  let browser: Browser
  beforeAll(async () => {
    folder = await temporaryFolder('third-party')
    ;[site, browser] = await Promise.all([servePage(), launch(chromium)])
    weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET, WEFT_CORS_ORIGINS: site.origin })
  })
  afterAll(async () => {
    await browser.close()
    site.close()
    await weft.stop()
    await folder.remove()
  })

  const start: Record<string, (asked: Asked) => Talker | Promise<Talker>> = {
    websockets: (asked) => pythonTalker(python, 'over_websocket.py', asked),
    'httpx-sse': (asked) => pythonTalker(python, 'over_sse.py', asked),
    EventSource: (asked) => pageTalker(browser, site.origin, asked),
  }
  const names = Object.keys(start)

  test('hold a conversation over WebSocket, SSE and a browser’s EventSource; each loses its connection and goes on', {
    timeout: 120_000,
  }, async () => {
    const created = await http(weft.url, 'POST', '/v1/channels', {
      token: token(names[0] ?? ''),
      body: { kind: 'group', name: 'Strangers', members: names.slice(1) },
    })
    const { id: channel } = created.body['channel'] as { id: string }
    const people: Person[] = []
    onTestFailed(async () => {
      for (const { name, talker } of people)
        console.error(name, talker.complaints(), JSON.stringify((await talker.frames()).slice(-5)))
    })
    for (const [name, begin] of Object.entries(start)) {
      const wire = await wireTo(weft.url)
      const talker = await begin({ url: wire.url, token: token(name), device: 'd', channel })
      people.push({ name, wire, talker })
    }
    const said: string[] = []
    const say = async ({ name, talker }: Person, text: string) => {
      said.push(`${said.length + 1} ${name}: ${text}`)
      await talker.say(text)
    }
    const heardBy = async (some: readonly Person[]) => {
      for (const { name, talker } of some)
        await until(
          async () => texts(await talker.frames()).length >= said.length,
          `${name} has heard of ${said.length}`,
        )
    }
    for (const { name, talker } of people)
      await until(async () => (await talker.frames()).some(({ t }) => t === 'synced'), `${name} is there`)
    for (const person of people) {
      await say(person, `good day, here is ${person.name}`)
      await heardBy(people)
    }
    for (const lost of people) {
      const others = people.filter((person) => person !== lost)
      lost.wire.cut()
      for (const other of others) {
        await say(other, `${lost.name} is gone`)
        await heardBy(others)
      }
      // What it says meanwhile comes once it is back.
      await say(lost, `${lost.name} is back`)
      lost.wire.mend()
      await heardBy(people)
    }
    for (const { name, talker } of people) {
      const frames = await talker.frames()
      expect(texts(frames)).toEqual(said)
      const kept = frames.filter(({ t, cursor }) => t === 'event' && cursor !== undefined)
      for (const [i, { prev }] of kept.entries()) if (i > 0) expect(prev).toBe(kept[i - 1]?.['cursor'])
      const acked = new Set(frames.flatMap(({ t, seq }) => (t === 'ack' ? [seq] : [])))
      expect([...acked]).toEqual(said.flatMap((line, i) => (line.includes(` ${name}: `) ? [i + 1] : [])))
      // It did come back, by its cursor.
      expect(frames.filter(({ t }) => t === 'welcome').length).toBeGreaterThanOrEqual(2)
      expect(frames.filter(({ t }) => t === 'reset' || t === 'error')).toEqual([])
    }
    for (const { talker, wire } of people) {
      await talker.stop()
      wire.close()
    }
  })

  test('an EventSource left to itself comes again with its used ticket, is refused, and says so', async () => {
    const wire = await wireTo(weft.url)
    const page = await browser.newPage()
    await page.goto(`${site.origin}/?${new URLSearchParams({ url: wire.url, device: 'idle', channel: 'c' })}`)
    const { body } = await http(weft.url, 'POST', '/v1/tickets', { token: token('left-alone') })
    await page.evaluate(
      `var states = []; var alone = new EventSource('${wire.url}/v1/events?device=pc&ticket=${String(body['ticket'])}')
       alone.onopen = alone.onerror = () => states.push(alone.readyState)`,
    )
    const states = () => page.evaluate<number[]>('states')
    await until(async () => (await states()).length === 1, 'it is open')
    const refused = page.waitForResponse((response) => response.status() === 401)
    wire.cut()
    await until(async () => (await states()).length === 2, 'it has lost its stream')
    wire.mend()
    await refused
    await until(async () => (await states()).at(-1) === 2, 'it has given up')
    // 1: open; 0: lost, and about to come again by itself; 2: closed for good.
    expect(await states()).toEqual([1, 0, 2])
    await page.close()
    wire.close()
  })
})
