import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect, onTestFailed } from 'vitest'
import {
  findChromium,
  launch,
  picture,
  startForPage,
  violations,
  type Weft,
  type Wire,
  wireTo,
} from './page-support.ts'

export const PASSWORD = 'correct horse battery'
const WAIT_MS = 15_000
export const executable = findChromium()
/** Against a Weft that has been used before, names are new for each run. */
const suffix = process.env.WEFT_PAGE_TEST_URL ? `-${Date.now().toString(36)}` : ''
export const named = (name: string) => name + suffix

let browser: Browser
export let weft: Weft
const wires: Wire[] = []

/** To be called before all: the whole of Weft, the page built, a browser. */
export async function startStage(): Promise<void> {
  if (executable === undefined) return
  ;[weft, browser] = await Promise.all([startForPage(), launch(executable)])
}
export async function stopStage(): Promise<void> {
  await browser?.close()
  for (const wire of wires) wire.close()
  await weft?.stop()
}

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
}
export type Person = { name: string; page: Page; wire: Wire }

/** A browser of one's own at the page's door. */
export async function person(name: string, options: BrowserContextOptions = {}): Promise<Person> {
  const wire = await wireTo(weft.url)
  wires.push(wire)
  const context = await browser.newContext({
    viewport: { width: 1200, height: 800 },
    locale: 'en-GB',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)
  page.on('pageerror', (error) => broken.push(`${name}: ${error.message}`))
  page.on('console', (message) => {
    // Chromium logs requests that fail or are refused by itself, and those are what these tests are about.
    const expected = /^(Failed to load resource|WebSocket connection to)/.test(message.text())
    if (message.type() === 'error' && !expected) broken.push(`${name}: ${message.text()}`)
  })
  onTestFailed(() => page.screenshot({ path: picture(`failed-${name}.png`) }).then(() => undefined))
  await page.goto(wire.url)
  return { name, page, wire }
}
/** What went wrong in any page, unseen by its reader: must stay empty. */
export const broken: string[] = []

export async function signUp({ page, name }: Person): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByText('Connected', { exact: true }).waitFor()
}

export async function joined(name: string, options?: BrowserContextOptions): Promise<Person> {
  const one = await person(named(name), options)
  await signUp(one)
  return one
}

export async function startDirect(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New conversation' }).first().click()
  await page.getByLabel('Whom do you want to write to?').fill(name)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('heading', { name, level: 2 }).waitFor()
}

export async function startGroup(page: Page, title: string, names: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'New conversation' }).first().click()
  await page.getByLabel('A group').check()
  for (const name of names) {
    await page.getByLabel('Who is in it?').fill(name)
    await page.getByLabel('Who is in it?').press('Enter')
    await page.getByRole('button', { name: `Remove ${name}` }).waitFor()
  }
  await page.getByLabel('What is it called?').fill(title)
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name: title, level: 2 }).waitFor()
}

export const compose = (page: Page): Locator => page.locator('#compose')
export async function say(page: Page, text: string): Promise<void> {
  await compose(page).fill(text)
  await compose(page).press('Enter')
}
export const message = (page: Page, text: string): Locator =>
  page.locator('li.message').filter({ hasText: text })
export const chatItem = (page: Page, name: string): Locator =>
  page.locator('a.chat').filter({ hasText: name })
export const state = (page: Page, text: string, wanted: 'sending' | 'sent') =>
  message(page, text)
    .and(page.locator(`[data-state=${wanted}]`))
    .waitFor()
export const texts = (page: Page) => page.locator('li.message .text').allTextContents()

export async function clean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await violations(page)).toEqual([])
  }
}
