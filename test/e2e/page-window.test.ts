import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { executable, joined, PASSWORD, startDirect, startStage, stopStage, weft } from './page-stage.ts'

const MESSAGES = 10_000
const IN_FLIGHT = 100
/** Rows of two screens above and below, and then some. */
const MOST_ROWS = 160

/** What a run's first line has more above it than the others, and a pixel. */
const RUN_GAP_PX = 12

const text = (n: number) => `Line ${n} ${'of many words '.repeat(n % 9)}`

/** Fills the conversation over a socket: what the page does is not what is asked here. */
async function fill(name: string, channel: string): Promise<void> {
  const session = await http(weft.url, 'POST', '/v1/sessions', {
    body: { name, password: PASSWORD, device: 'filler' },
  })
  const client = await RawClient.hello(`${weft.url.replace(/^http/, 'ws')}/v1/ws`, {
    token: String(session.body.access_token),
    device: 'filler',
  })
  const send = async (n: number): Promise<void> => {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await client.ask({ t: 'send', channel, cid: `fill-${n}`, body: text(n) })
      if (answer.t === 'ack') return
      // A machine that is busy with other tests may change the channel's owner; the same cid is kept once.
      if (answer.code !== 'unavailable') throw new Error(JSON.stringify(answer))
    }
    throw new Error(`message ${n} was never taken`)
  }
  for (let from = 1; from <= MESSAGES; from += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, i) => send(from + i)))
  }
  client.close()
}

const rowsOf = (page: Page) => page.locator('ol.messages > li').count()
const logOf = (page: Page): Locator => page.locator('section.log')
const seqsInSight = (log: Locator) =>
  log.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return Array.from(element.querySelectorAll<HTMLElement>('li.message'))
      .filter((row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom)
      .map((row) => Number(row.dataset.seq))
  })

describe.skipIf(executable === undefined)('a conversation of 10,000 messages', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('scrolls from end to end with few rows in the document, and nothing in sight jumps', async () => {
    const [wes, xia] = await Promise.all([joined('wes'), joined('xia')])
    const { page } = wes
    await startDirect(page, xia.name)
    await fill(wes.name, page.url().split('/').at(-1) ?? '')
    await page.reload()
    await page.locator(`li.message[data-seq="${MESSAGES}"]`).waitFor()
    const log = logOf(page)
    expect(await rowsOf(page)).toBeLessThan(MOST_ROWS)

    /** Like a wheel that is turned fast: what is in sight moves by what was turned and nothing else. */
    const tour = await log.evaluate(async (element, most) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const found = { jump: 0, rows: 0, frames: 0, slow: 0, blank: 0 }
      const first = () => Number(element.querySelector('li.message')?.getAttribute('data-seq'))
      for (let i = 0; i < most && !(first() === 1 && element.scrollTop === 0); i++) {
        const box = element.getBoundingClientRect()
        const lines = Array.from(element.querySelectorAll('li.message'))
        const seen = lines.find((line) => line.getBoundingClientRect().bottom > box.top + 1)
        if (seen === undefined) throw new Error('nothing in sight')
        const wanted = Math.min(600, element.scrollTop)
        element.scrollTop -= wanted
        // From the log's own top: a word about the connection may come and go above it.
        const place = () => seen.getBoundingClientRect().top - element.getBoundingClientRect().top
        const after = place()
        const began = performance.now()
        await frame()
        await frame()
        if (performance.now() - began > 100) found.slow++
        found.frames++
        if (seen.isConnected) found.jump = Math.max(found.jump, Math.abs(place() - after))
        else found.blank++
        found.rows = Math.max(found.rows, element.querySelectorAll('ol.messages > li').length)
      }
      return found
    }, 4_000)
    expect(await seqsInSight(log)).toContain(1)
    expect(tour.blank).toBe(0)
    // The oldest line that is held loses the gap above a run's first when its run turns out to go further back.
    expect(tour.jump).toBeLessThan(RUN_GAP_PX)
    expect(tour.rows).toBeLessThan(MOST_ROWS)
    expect(tour.frames).toBeGreaterThan(500)
    console.info('10,000 messages:', JSON.stringify(tour))

    // All of them are held now: the scroll bar goes anywhere at once.
    for (const part of [0.5, 0.9, 0.2]) {
      await log.evaluate((element, part) => {
        element.scrollTop = element.scrollHeight * part
      }, part)
      await expect.poll(async () => (await seqsInSight(log)).length).toBeGreaterThan(5)
      const [seq = 0] = await seqsInSight(log)
      expect(seq / MESSAGES).toBeGreaterThan(part - 0.1)
      expect(seq / MESSAGES).toBeLessThan(part + 0.1)
      expect(await rowsOf(page)).toBeLessThan(MOST_ROWS)
    }
    // Rows that change their height above what is read move nothing.
    await page.setViewportSize({ width: 820, height: 800 })
    await expect.poll(async () => (await seqsInSight(log)).length).toBeGreaterThan(5)

    await page.getByRole('button', { name: 'To the newest' }).click()
    await expect.poll(() => seqsInSight(log)).toContain(MESSAGES)
  }, 180_000)

  it('is walked through by keyboard, and keeps the focus when one scrolls away from it', async () => {
    const yan = await joined('yan')
    const zoe = await joined('zoe')
    const { page } = yan
    await startDirect(page, zoe.name)
    await fillSome(page)
    const focused = () =>
      page.evaluate(() => Number((document.activeElement as HTMLElement | null)?.dataset.seq))
    await page.locator('li.message').last().focus()
    expect(await focused()).toBe(120)
    for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowUp')
    expect(await focused()).toBe(60)
    await page.keyboard.press('Home')
    await expect.poll(focused).toBe(1)
    await logOf(page).evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(() => seqsInSight(logOf(page))).toContain(120)
    expect(await focused()).toBe(1)
    await page.keyboard.press('ArrowDown')
    await expect.poll(focused).toBe(2)
    await expect.poll(() => seqsInSight(logOf(page))).toContain(2)
  }, 120_000)
})

async function fillSome(page: Page): Promise<void> {
  const field = page.locator('#compose')
  for (let n = 1; n <= 120; n++) {
    await field.fill(text(n))
    await field.press('Enter')
  }
  await page.locator('li.message[data-state=sent][data-seq="120"]').waitFor()
}
