import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  broken,
  chatItem,
  clean,
  compose,
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

const focusedName = (page: Page) =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
  )

describe.skipIf(executable === undefined)('messages on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('are shown with their formatting, links and mentions', async () => {
    const [ann, bob] = await Promise.all([joined('ann'), joined('bob')])
    await startDirect(ann.page, bob.name)
    await compose(ann.page).fill('Dear @b')
    await ann.page.getByRole('option', { name: bob.name }).waitFor()
    await clean(ann.page)
    await compose(ann.page).press('Enter')
    await compose(ann.page).pressSequentially('see *this* and `that`')
    await compose(ann.page).press('Enter')
    await say(ann.page, '> a quote\n- one\n- two\n```\nlet x = 1\n```\nhttps://weft.test/a')
    await state(ann.page, 'let x', 'sent')
    await chatItem(bob.page, ann.name).click()
    const first = message(bob.page, 'Dear')
    await first.waitFor()
    expect(await first.locator('strong').textContent()).toBe('this')
    expect(await first.locator('code').textContent()).toBe('that')
    expect(await first.locator('.mention.me').textContent()).toBe('@bob')
    const second = message(bob.page, 'let x')
    expect(await second.locator('blockquote').textContent()).toBe('a quote')
    expect(await second.locator('ul li').allTextContents()).toEqual(['one', 'two'])
    expect(await second.locator('pre').textContent()).toBe('let x = 1')
    expect(await second.locator('a').getAttribute('rel')).toContain('noopener')
    await chatItem(bob.page, ann.name).getByText('a quote one, two let x = 1').waitFor()
    await clean(bob.page)

    // What is selected gets a style by the keys that people know.
    await compose(bob.page).fill('very nice')
    await compose(bob.page).press('ControlOrMeta+a')
    await compose(bob.page).press('ControlOrMeta+b')
    expect(await compose(bob.page).inputValue()).toBe('*very nice*')
  }, 120_000)

  it('are answered in a thread, quoted, forwarded and linked to, by keyboard alone', async () => {
    const [cat, dov, eli] = await Promise.all([joined('cat'), joined('dov'), joined('eli')])
    const { page } = cat
    await startDirect(page, eli.name)
    await startDirect(page, dov.name)
    await say(page, 'Shall we sail on Saturday?')
    await state(page, 'Shall we sail', 'sent')
    await chatItem(dov.page, cat.name).click()
    await say(dov.page, 'Unrelated: the boat is blue')
    await message(page, 'the boat is blue').waitFor()

    await message(page, 'Shall we sail').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await clean(page)
    expect(await focusedName(page)).toBe('React…')
    await page.keyboard.press('ArrowDown')
    expect(await focusedName(page)).toBe('Reply in thread')
    await page.keyboard.press('Enter')
    await page.locator('#compose-thread').waitFor()
    await page.keyboard.type('At eight?')
    await page.keyboard.press('Enter')
    await page.locator('.thread li.message').filter({ hasText: 'At eight?' }).waitFor()
    expect(await page.locator('.talk li.message').filter({ hasText: 'At eight?' }).count()).toBe(0)
    await clean(page)
    await message(dov.page, 'Shall we sail').getByText('1 reply').click()
    await dov.page.locator('.thread li.message').filter({ hasText: 'At eight?' }).waitFor()
    await dov.page.locator('#compose-thread').fill('Nine.')
    await dov.page.locator('#compose-thread').press('Enter')
    await page.locator('.thread').getByText('2 replies').waitFor()
    // Escape leaves one thing at a time: a menu in the thread, then the thread.
    await page.locator('.thread li.message').filter({ hasText: 'Nine.' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('menu').count()).toBe(0)
    await page.locator('.thread').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('.thread').count()).toBe(0)

    // The arrows go to the message before, Escape leaves a menu and gives the focus back.
    await message(page, 'the boat is blue').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('menu').count()).toBe(0)
    expect(await focusedName(page)).toContain('the boat is blue')
    // Whoever types faster than the page draws loses no key.
    await page.keyboard.press('Enter')
    for (let times = 0; times < 20; times++) {
      await page.getByRole('menu').waitFor()
      await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Enter')])
    }
    await page.getByRole('menu').waitFor()
    await page.getByRole('menuitem', { name: 'Quote' }).focus()
    expect(await focusedName(page)).toBe('Quote')
    await page.keyboard.press('Enter')
    await page.getByText(`Quoting ${dov.name}`).waitFor()
    await clean(page)
    await page.keyboard.type('Blue it is.')
    await page.keyboard.press('Enter')
    await message(dov.page, 'Blue it is.').getByText('the boat is blue').waitFor()

    await message(page, 'Blue it is.').hover()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Forward…' }).click()
    await page.getByRole('dialog').waitFor()
    await clean(page)
    await page.getByLabel('To which conversation?').fill(eli.name)
    await page.getByRole('dialog').getByRole('button', { name: eli.name }).click()
    await page.getByText(`Forwarded to ${eli.name}`).waitFor()
    await chatItem(eli.page, cat.name).click()
    await message(eli.page, 'Blue it is.').getByText(`Forwarded from ${cat.name}`).waitFor()
    // Of where it was said, only those who are there learn.
    expect(await message(eli.page, 'Blue it is.').locator('.forwarded a').count()).toBe(0)
    await message(page, 'Blue it is.').hover()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Forward…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: dov.name }).click()
    await page.getByRole('link', { name: `you in ${dov.name}` }).waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-forwarded.png') })

    // The address of a message leads to it, from anywhere.
    const address = `${page.url().split('#')[0]}#/c/${page.url().split('/').at(-1)}/m/1`
    await page.getByRole('link', { name: eli.name }).click()
    await page.goto(address)
    await expect
      .poll(() => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.seq))
      .toBe('1')
  }, 120_000)

  it('come with who types, who is there, and what they say of themselves', async () => {
    const [fin, gia] = await Promise.all([joined('fin'), joined('gia')])
    await startDirect(fin.page, gia.name)
    await say(fin.page, 'Are you there?')
    await chatItem(gia.page, fin.name).click()
    await fin.page.locator('.bar .dot.online').waitFor()
    await compose(gia.page).pressSequentially('I am')
    await fin.page.getByText(`${gia.name} is typing`).waitFor()
    await chatItem(fin.page, gia.name).getByText('typing…').waitFor()
    await clean(fin.page)
    await compose(gia.page).press('Enter')
    await message(fin.page, 'I am').waitFor()
    await expect.poll(() => fin.page.getByText(`${gia.name} is typing`).count()).toBe(0)

    await gia.page.getByRole('button', { name: 'Settings' }).click()
    await gia.page.getByLabel('Busy').check()
    await clean(gia.page)
    await fin.page.locator('.bar .dot.busy').waitFor()
    await gia.page.getByLabel('Invisible').check()
    await fin.page.locator('.bar .dot.offline').waitFor()
    await gia.page.getByLabel('Online', { exact: true }).check()
    await fin.page.locator('.bar .dot.online').waitFor()

    await gia.page.getByLabel('Dark').check()
    expect(await gia.page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe('dark')
    await gia.page.getByLabel('Your name').fill('Gia the Great')
    await gia.page.getByRole('button', { name: 'Save' }).click()
    await gia.page.getByText('Your profile is saved').waitFor()
    await gia.page.reload()
    expect(await gia.page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe('dark')
    await gia.page.locator('.who').getByText('Gia the Great').waitFor()
    gia.wire.cut()
    await fin.page.getByText(/Last seen today/).waitFor()
  }, 120_000)

  it('and those who wrote them are found', async () => {
    const [hana, ivo] = await Promise.all([joined('hana'), joined('ivo')])
    const { page } = hana
    const field = page.getByLabel('Search people and conversations')
    await field.fill('nobody-like-this')
    await page.getByText('Nobody and nothing is called that').waitFor()
    await clean(page)
    await field.fill(ivo.name)
    await page.getByRole('button', { name: `@${ivo.name}` }).click()
    await page.getByRole('heading', { name: ivo.name, level: 2 }).waitFor()
    await say(page, 'Found you')
    await chatItem(ivo.page, hana.name).waitFor()
    await field.fill(ivo.name.slice(0, 2))
    await page.getByRole('heading', { name: 'Conversations', level: 3 }).waitFor()
    await clean(page)
    await field.press('Escape')
    await chatItem(page, ivo.name).waitFor()
  }, 120_000)

  it('have their menu under a finger that rests on them', async () => {
    const [jo, kai] = await Promise.all([joined('jo', PHONE), joined('kai')])
    await startDirect(kai.page, jo.name)
    await say(kai.page, 'Touch me')
    await chatItem(jo.page, kai.name).tap()
    const line = message(jo.page, 'Touch me')
    await line.dispatchEvent('pointerdown', { pointerType: 'touch', clientX: 80, clientY: 600 })
    await jo.page.getByRole('menuitem', { name: 'Reply in thread' }).waitFor()
    await line.dispatchEvent('pointerup', { pointerType: 'touch' })
    await clean(jo.page)
    await jo.page.getByRole('menuitem', { name: 'Reply in thread' }).tap()
    await jo.page.locator('#compose-thread').fill('Touched')
    await jo.page.getByRole('button', { name: 'Send' }).tap()
    await jo.page.locator('.thread li.message').filter({ hasText: 'Touched' }).waitFor()
    expect(await compose(jo.page).isVisible()).toBe(false)
    const wide = await jo.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await clean(jo.page)
    await jo.page.screenshot({ path: picture('page-thread-phone.png') })
  }, 120_000)

  it('are no longer for somebody whom the owner of a group removes', async () => {
    const [lou, mia, ned] = await Promise.all([joined('lou'), joined('mia'), joined('ned')])
    const { page } = lou
    await startGroup(page, 'Quay four', [mia.name, ned.name])
    await chatItem(mia.page, 'Quay four').click()
    await mia.page.getByRole('button', { name: 'About this group' }).click()
    await mia.page.getByRole('list', { name: 'People in this group' }).getByText(lou.name).waitFor()
    expect(await mia.page.getByRole('button', { name: /^What to do about/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'About this group' }).click()
    await page.getByRole('list', { name: 'People in this group' }).getByText('owner').waitFor()
    await clean(page)
    await page.getByRole('button', { name: `What to do about ${mia.name}` }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText(`${mia.name} is removed`).waitFor()
    await expect.poll(() => chatItem(mia.page, 'Quay four').count()).toBe(0)
    await chatItem(ned.page, 'Quay four').waitFor()
  }, 120_000)

  it('are reacted to, edited and deleted, and both see it', async () => {
    const [oda, pim] = await Promise.all([joined('oda'), joined('pim')])
    const { page } = oda
    await startDirect(page, pim.name)
    await say(page, 'The tide is at nien')
    await chatItem(pim.page, oda.name).click()
    await message(pim.page, 'The tide').hover()
    await pim.page
      .getByRole('button', { name: /^React with/ })
      .first()
      .click()
    const reactions = message(page, 'The tide').getByRole('group', { name: 'Reactions' })
    await reactions.getByText('1').waitFor()
    await clean(page)
    await reactions.getByRole('button').click()
    await reactions.getByText('2').waitFor()
    await message(page, 'The tide').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Who reacted…' }).focus()
    await page.keyboard.press('Enter')
    const who = page.getByRole('dialog').getByRole('list', { name: 'Reactions' })
    await who.getByText(pim.name).waitFor()
    await who.getByText('You').waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-reactors.png') })
    await page.keyboard.press('Escape')

    await message(page, 'The tide').hover()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await compose(page).fill('The tide is at nine')
    await compose(page).press('Enter')
    await message(pim.page, 'The tide is at nine').getByText('edited').waitFor()
    await message(page, 'The tide is at nine').getByText('edited').waitFor()

    await message(page, 'The tide').hover()
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    await page.getByRole('dialog').waitFor()
    await clean(page)
    await page.getByRole('button', { name: 'Delete for everyone' }).click()
    for (const each of [page, pim.page]) {
      await message(each, 'This message was deleted.').waitFor()
      await expect.poll(() => message(each, 'The tide').count()).toBe(0)
    }
    await chatItem(pim.page, oda.name).getByText('This message was deleted.').waitFor()
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
