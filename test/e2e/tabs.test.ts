import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { findChromium, launch, picture, startForPage, type Weft } from './page-support.ts'

const PASSWORD = 'correct horse battery'
const WAIT_MS = 15_000
const executable = findChromium()

type Tab = { readonly page: Page; readonly sockets: () => number }

async function openTab(context: BrowserContext, url: string, name: string): Promise<Tab> {
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)
  let open = 0
  page.on('websocket', (socket) => {
    open++
    socket.on('close', () => open--)
  })
  onTestFailed(() => page.screenshot({ path: picture(`failed-${name}.png`) }).then(() => undefined))
  await page.goto(url)
  return { page, sockets: () => open }
}

const connected = ({ page }: Tab) => page.getByText('Connected', { exact: true }).waitFor()

async function signUp(tab: Tab, name: string): Promise<void> {
  const { page } = tab
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await connected(tab)
}

async function say({ page }: Tab, text: string): Promise<void> {
  await page.locator('#compose').fill(text)
  await page.locator('#compose').press('Enter')
}
const openChat = ({ page }: Tab, name: string) => page.locator('a.chat').filter({ hasText: name }).click()
const texts = ({ page }: Tab) => page.locator('li.message .text').allTextContents()
const shows = (tab: Tab, wanted: readonly string[]) =>
  expect.poll(() => texts(tab), { timeout: WAIT_MS }).toEqual(wanted)

describe.skipIf(executable === undefined)('two tabs of one browser', () => {
  let browser: Browser
  let weft: Weft
  beforeAll(async () => {
    if (executable === undefined) return
    ;[weft, browser] = await Promise.all([startForPage(), launch(executable)])
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await weft?.stop()
  }, 60_000)

  it('share one connection, and the other takes it over without a gap when its tab is closed', async () => {
    const suffix = process.env.WEFT_PAGE_TEST_URL ? `-${Date.now().toString(36)}` : ''
    const [una, vic] = [`una${suffix}`, `vic${suffix}`]
    const [hers, his] = await Promise.all([browser.newContext(), browser.newContext()])
    const first = await openTab(hers, weft.url, 'tab-1')
    await signUp(first, una)
    const other = await openTab(his, weft.url, 'tab-other')
    await signUp(other, vic)
    await other.page.getByRole('button', { name: 'New conversation' }).first().click()
    await other.page.getByLabel('Whom do you want to write to?').fill(una)
    await other.page.getByRole('button', { name: 'Start' }).click()
    await say(other, 'from Vic')

    const second = await openTab(hers, weft.url, 'tab-2')
    await connected(second)
    await Promise.all([first, second].map((tab) => openChat(tab, vic)))
    await say(first, 'from the first tab')
    await shows(second, ['from Vic', 'from the first tab'])
    await say(second, 'from the second tab')
    const all = ['from Vic', 'from the first tab', 'from the second tab']
    await Promise.all([first, second, other].map((tab) => shows(tab, all)))
    expect([first.sockets(), second.sockets()]).toEqual([1, 0])

    // Both sides write on while the tab with the connection goes.
    const gone = first.page.close()
    for (const [tab, text] of [
      [second, 'written as it closed'],
      [other, 'heard as it closed'],
      [second, 'and after'],
    ] as const) {
      await say(tab, text)
    }
    await gone
    await expect.poll(() => second.sockets(), { timeout: WAIT_MS }).toBe(1)
    await connected(second)
    await expect.poll(async () => (await texts(other)).length, { timeout: WAIT_MS }).toBe(6)
    const told = await texts(other)
    expect(told.slice(0, 3)).toEqual(all)
    expect(told.slice(3).sort()).toEqual(['and after', 'heard as it closed', 'written as it closed'])
    expect(told.indexOf('written as it closed')).toBeLessThan(told.indexOf('and after'))
    await shows(second, told)

    // A third tab finds all of it.
    const third = await openTab(hers, weft.url, 'tab-3')
    await connected(third)
    await openChat(third, vic)
    await shows(third, told)
    expect(third.sockets()).toBe(0)
  })
})
