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
  stopStage,
} from './page-stage.ts'
import { picture } from './page-support.ts'

describe.skipIf(executable === undefined)('what lasts, on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('is pinned in a message’s menu, by keyboard alone, and listed for everyone', async () => {
    const [abe, bea] = await Promise.all([joined('abe'), joined('bea')])
    const { page } = abe
    await startGroup(page, 'Dry dock', [bea.name])
    await say(page, 'The gate code is 4711')
    await say(page, 'Lunch is at noon')
    await chatItem(bea.page, 'Dry dock').click()
    await bea.page.getByRole('link', { name: 'Pinned messages' }).click()
    await bea.page.getByText('Nothing is pinned here.').waitFor()
    await clean(bea.page)

    await message(page, 'The gate code').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Pin', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Pinned for everyone here').waitFor()
    const theirs = bea.page.getByRole('list', { name: 'Pinned messages' }).getByRole('listitem')
    await theirs.filter({ hasText: 'The gate code is 4711' }).waitFor()
    await theirs.getByText(`Pinned by ${abe.name}, today`).waitFor()
    await message(bea.page, 'The gate code').getByText('Pinned', { exact: true }).waitFor()
    await clean(bea.page)
    await bea.page.screenshot({ path: picture('page-pins.png') })

    await theirs.getByRole('link').focus()
    await bea.page.keyboard.press('Enter')
    await expect
      .poll(() => bea.page.evaluate(() => document.activeElement?.textContent))
      .toContain('The gate code')
    await bea.page.getByRole('link', { name: 'Pinned messages' }).click()
    await theirs.getByRole('button', { name: 'Unpin the message of' }).click()
    await bea.page.getByText('Nothing is pinned here.').waitFor()
    await expect.poll(() => message(page, 'The gate code').getByText('Pinned').count()).toBe(0)
    await bea.page.keyboard.press('Escape')
    await expect.poll(() => bea.page.getByRole('complementary').count()).toBe(0)
  }, 120_000)

  it('is found on a phone too', async () => {
    const [cal, dot] = await Promise.all([joined('cal', PHONE), joined('dot')])
    await startDirect(dot.page, cal.name)
    await say(dot.page, 'Keep this in mind')
    await message(dot.page, 'Keep this').click({ button: 'right' })
    await dot.page.getByRole('menuitem', { name: 'Pin', exact: true }).click()
    await chatItem(cal.page, dot.name).tap()
    await cal.page.getByRole('link', { name: 'Pinned messages' }).tap()
    await cal.page.getByText(`Pinned by ${dot.name}`).waitFor()
    const wide = await cal.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await clean(cal.page)
    await cal.page.screenshot({ path: picture('page-pins-phone.png') })
    await cal.page.getByRole('link', { name: 'Close: Pinned messages' }).tap()
    await message(cal.page, 'Keep this').waitFor()
    await cal.page.screenshot({ path: picture('page-talk-phone.png') })
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
