import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  broken,
  chatItem,
  clean,
  executable,
  joined,
  message,
  PHONE,
  say,
  startDirect,
  startGroup,
  startStage,
  state,
  stopStage,
} from './page-stage.ts'
import { picture } from './page-support.ts'

const reply = async (page: Page, text: string) => {
  await page.locator('#compose-thread').fill(text)
  await page.locator('#compose-thread').press('Enter')
  await page.locator('.thread li.message[data-state=sent]').filter({ hasText: text }).waitFor()
}
const inThread = (page: Page, text: string) => page.locator('.thread li.message').filter({ hasText: text })
const unreadLink = (page: Page) => page.getByRole('link', { name: 'Unread threads' })

describe.skipIf(executable === undefined)('threads on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('are counted, listed, and read by themselves', async () => {
    const [eva, fil] = await Promise.all([joined('eva'), joined('fil')])
    const { page } = eva
    await startGroup(page, 'Sail loft', [fil.name])
    await say(page, 'Who has the needle?')
    await state(page, 'needle', 'sent')
    await say(page, 'Unrelated')
    await chatItem(fil.page, 'Sail loft').click()
    await message(fil.page, 'needle').click({ button: 'right' })
    await fil.page.getByRole('menuitem', { name: 'Reply in thread' }).click()
    await reply(fil.page, 'I do')
    await reply(fil.page, 'Top drawer')

    // Told at the message, in the list of threads and above the conversations; read only by who opens it.
    await message(page, 'needle').getByText('2 replies').waitFor()
    await message(page, 'needle').getByText('2 new').waitFor()
    await unreadLink(page).getByText('1 thread').waitFor()
    expect(await chatItem(page, 'Sail loft').getByText('unread').count()).toBe(0)
    await page.getByRole('link', { name: 'Threads', exact: true }).click()
    const card = page.getByRole('list', { name: 'Threads' }).getByRole('listitem')
    await card.getByText('2 replies, the last by').waitFor()
    await card.getByText('2 unread').waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-threads.png') })
    await page.keyboard.press('Escape')

    await page.reload()
    await unreadLink(page).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Unread threads' }).getByText('Who has the needle?').waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-unread-threads.png') })
    await page.getByRole('list', { name: 'Unread threads' }).getByRole('link').click()
    await inThread(page, 'Top drawer').waitFor()
    await page.locator('.thread').getByText('New messages').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('compose-thread')
    await clean(page)
    await page.screenshot({ path: picture('page-thread.png') })
    await expect.poll(() => unreadLink(page).count()).toBe(0)
    await expect.poll(() => message(page, 'needle').getByText('new').count()).toBe(0)
    await inThread(fil.page, 'I do').click({ button: 'right' })
    await fil.page.getByRole('menuitem', { name: 'Delete…' }).click()
    await fil.page.getByRole('button', { name: 'Delete for everyone' }).click()
    await inThread(page, 'This message was deleted.').waitFor()
  }, 120_000)

  it('come from their own history, however long ago they began, and on a phone', async () => {
    const [gus, hal] = await Promise.all([joined('gus', PHONE), joined('hal')])
    await startDirect(hal.page, gus.name)
    await say(hal.page, 'Where it began')
    await state(hal.page, 'Where it began', 'sent')
    await message(hal.page, 'Where it began').click({ button: 'right' })
    await hal.page.getByRole('menuitem', { name: 'Reply in thread' }).click()
    await reply(hal.page, 'An early answer')
    await hal.page.keyboard.press('Escape')
    for (let n = 1; n <= 110; n++) await say(hal.page, `Talk ${n}`)
    await state(hal.page, 'Talk 110', 'sent')
    const asked: string[] = []
    gus.page.on('request', (request) => asked.push(request.url()))
    await chatItem(gus.page, hal.name).tap()
    await message(gus.page, 'Talk 110').waitFor()
    await gus.page.getByRole('link', { name: 'Threads', exact: true }).tap()
    await gus.page.getByText('1 reply, the last by').waitFor()
    await clean(gus.page)
    await gus.page.screenshot({ path: picture('page-threads-phone.png') })
    asked.length = 0
    await gus.page.getByRole('list', { name: 'Threads' }).getByRole('link').tap()
    await inThread(gus.page, 'An early answer').waitFor()
    await inThread(gus.page, 'Where it began').waitFor()
    const pages = asked.filter((url) => url.includes('/messages?'))
    expect(pages.every((url) => url.includes('thread=1') || url.includes('limit=1'))).toBe(true)
    expect(pages.length).toBeGreaterThan(0)
    const wide = await gus.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await clean(gus.page)
    await gus.page.screenshot({ path: picture('page-thread-panel-phone.png') })
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
