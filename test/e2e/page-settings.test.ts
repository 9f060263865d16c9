import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  broken,
  chatItem,
  clean,
  executable,
  joined,
  PASSWORD,
  person,
  say,
  startDirect,
  startStage,
  stopStage,
} from './page-stage.ts'

describe.skipIf(executable === undefined)('what one keeps of one’s own, on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('is privacy and devices: one that is logged out there ends at once', async () => {
    const pat = await joined('pat')
    const other = await person(pat.name)
    await other.page.getByLabel('User name').fill(pat.name)
    await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await other.page.getByRole('button', { name: 'Log in' }).click()
    await other.page.getByText('Connected', { exact: true }).waitFor()

    const { page } = pat
    await page.getByRole('button', { name: 'Settings' }).click()
    const receipts = page.getByRole('switch', { name: 'Read receipts' })
    await expect.poll(() => receipts.isEnabled()).toBe(true)
    await receipts.uncheck()
    await page.getByLabel('Who sees whether I am online').selectOption('Nobody')
    await page.getByText('This device').waitFor()
    await clean(page)
    await page.getByRole('button', { name: /^Log out .*…$/ }).click()
    await page.getByRole('button', { name: 'Log it out' }).click()
    await page.getByText('That device is logged out').waitFor()
    await other.page.getByText('Your session has ended.').waitFor()

    await page.reload()
    await page.getByRole('button', { name: 'Settings' }).click()
    await expect.poll(() => receipts.isEnabled()).toBe(true)
    expect(await receipts.isChecked()).toBe(false)
    expect(await page.getByLabel('Who sees whether I am online').inputValue()).toBe('nobody')
  }, 120_000)

  it('is muting a conversation, and blocking somebody', async () => {
    const [quin, ray] = await Promise.all([joined('quin'), joined('ray')])
    const { page } = quin
    await startDirect(page, ray.name)
    await say(page, 'Hello')
    await chatItem(ray.page, quin.name).waitFor()
    await page.getByRole('button', { name: 'About this conversation' }).click()
    await page.getByRole('button', { name: 'For an hour' }).click()
    await page.getByText('This conversation is muted').waitFor()
    await page.getByRole('button', { name: 'Block', exact: true }).click()
    await page.getByRole('button', { name: 'Unblock' }).waitFor()
    await clean(page)
    await page.keyboard.press('Escape')
    await chatItem(page, ray.name).getByText('muted').waitFor()
    await chatItem(ray.page, quin.name).click()
    await say(ray.page, 'You can’t hear me')
    await ray.page.locator('li.message[data-state=failed]').waitFor()
    await page.getByRole('button', { name: 'About this conversation' }).click()
    await page.getByRole('button', { name: 'Unblock' }).click()
    await page.getByRole('button', { name: 'Unmute', exact: true }).click()
    await page.getByText('No longer muted').waitFor()
    await expect.poll(() => chatItem(page, ray.name).getByText('muted').count()).toBe(0)
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
