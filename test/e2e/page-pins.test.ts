import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http } from '../support/raw-client.ts'
import {
  broken,
  chatItem,
  clean,
  compose,
  executable,
  joined,
  message,
  PASSWORD,
  PHONE,
  say,
  startDirect,
  startGroup,
  startStage,
  state,
  stopStage,
  weft,
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
    await state(dot.page, 'Keep this', 'sent')
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

  it('leads from an edited message to what it said before, for its author and who moderates', async () => {
    const [ema, fay, gil] = await Promise.all([joined('ema'), joined('fay'), joined('gil')])
    await startGroup(ema.page, 'Log book', [fay.name, gil.name])
    await chatItem(fay.page, 'Log book').click()
    await say(fay.page, 'Wind from the south')
    await state(fay.page, 'Wind', 'sent')
    for (const words of ['Wind from the *west*', 'Wind from the north']) {
      await fay.page.keyboard.press('ArrowUp')
      await compose(fay.page).fill(words)
      await compose(fay.page).press('Enter')
      await message(fay.page, words.replaceAll('*', '')).getByText('edited').waitFor()
    }
    await chatItem(ema.page, 'Log book').click()
    await message(ema.page, 'from the north').getByRole('button', { name: 'edited' }).click()
    const versions = ema.page.getByRole('list', { name: 'Versions' }).getByRole('listitem')
    await expect.poll(() => versions.count()).toBe(3)
    const [now, before, first] = await versions.allTextContents()
    expect([now, before, first]).toEqual([
      expect.stringMatching(/^Now.*from the north$/u),
      expect.stringMatching(/^Before.*from the west$/u),
      expect.stringMatching(/^At first.*from the south$/u),
    ])
    await clean(ema.page)
    await ema.page.screenshot({ path: picture('page-versions.png') })
    await message(fay.page, 'from the north').focus()
    await fay.page.keyboard.press('Enter')
    await fay.page.getByRole('menuitem', { name: 'What it said before…' }).waitFor()
    await chatItem(gil.page, 'Log book').click()
    await message(gil.page, 'from the north').getByText('edited').waitFor()
    expect(await gil.page.getByRole('button', { name: 'edited' }).count()).toBe(0)
  }, 120_000)

  it('or does not: a message says how long it stays, and then is gone', async () => {
    const [ida, jan] = await Promise.all([joined('ida'), joined('jan')])
    await startDirect(ida.page, jan.name)
    const id = ida.page.url().split('/').at(-1)
    const log = { name: ida.name, password: PASSWORD, device: 'by-hand' }
    const { body } = await http(weft.url, 'POST', '/v1/sessions', { body: log })
    const after = (seconds: number) =>
      http(weft.url, 'PATCH', `/v1/channels/${id}`, {
        token: String(body['access_token']),
        body: { disappear_after_s: seconds },
      })
    expect((await after(3600)).status).toBe(200)
    await say(ida.page, 'This stays for an hour')
    await chatItem(jan.page, ida.name).click()
    await message(jan.page, 'This stays').getByText('Disappears in 1 h').waitFor()
    expect((await after(8)).status).toBe(200)
    await say(ida.page, 'This hardly stays')
    await message(jan.page, 'This hardly').locator('.time-left').waitFor()
    await jan.page.screenshot({ path: picture('page-disappearing.png') })
    await clean(jan.page)
    for (const { page } of [ida, jan]) {
      await message(page, 'This message has disappeared.').waitFor()
      expect(await message(page, 'This hardly').count()).toBe(0)
      await message(page, 'This stays').waitFor()
    }
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
