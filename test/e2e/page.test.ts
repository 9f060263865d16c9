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
  named,
  PASSWORD,
  person,
  say,
  signUp,
  startDirect,
  startStage,
  state,
  stopStage,
  texts,
  weft,
} from './page-stage.ts'
import { picture, stored } from './page-support.ts'

describe.skipIf(executable === undefined)('the chat page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('lets two people talk, and keeps what one writes without a network', async () => {
    const [amy, ben] = await Promise.all([joined('amy'), joined('ben')])

    await startDirect(amy.page, ben.name)
    await say(amy.page, 'Hello Ben, are you there?')
    await state(amy.page, 'Hello Ben', 'sent')

    const item = chatItem(ben.page, amy.name)
    await item.getByText('1 unread message').waitFor()
    await item.getByText('Hello Ben, are you there?').waitFor()
    await item.click()
    await message(ben.page, 'Hello Ben').waitFor()
    await ben.page.getByText('New messages', { exact: true }).waitFor()
    await expect.poll(() => item.getByText('unread message').count()).toBe(0)
    await say(ben.page, 'Yes! The line is fine.')
    await message(amy.page, 'The line is fine').waitFor()

    ben.wire.cut()
    await ben.page
      .getByText('You’re offline')
      .or(ben.page.getByText('Connecting… Messages'))
      .first()
      .waitFor()
    await say(ben.page, 'First words from nowhere')
    await say(ben.page, 'Second words from nowhere')
    await state(ben.page, 'First words', 'sending')
    await say(amy.page, 'You went quiet, Ben.')
    await state(amy.page, 'You went quiet', 'sent')
    expect(await message(amy.page, 'from nowhere').count()).toBe(0)

    ben.wire.mend()
    await state(ben.page, 'First words', 'sent')
    await state(ben.page, 'Second words', 'sent')
    await message(ben.page, 'You went quiet').waitFor()
    await message(amy.page, 'Second words').waitFor()
    const said = [
      'Hello Ben, are you there?',
      'Yes! The line is fine.',
      'You went quiet, Ben.',
      'First words from nowhere',
      'Second words from nowhere',
    ]
    await expect.poll(() => texts(amy.page)).toEqual(said)
    await expect.poll(() => texts(ben.page)).toEqual(said)
    await ben.page.getByText('Connected', { exact: true }).waitFor()
  }, 120_000)

  it('opens without a network, and sends after that what was written before and since', async () => {
    const [cleo, dan] = await Promise.all([joined('cleo'), joined('dan')])
    await startDirect(cleo.page, dan.name)
    await say(cleo.page, 'Before')
    await state(cleo.page, 'Before', 'sent')
    await cleo.page.evaluate(() => navigator.serviceWorker.ready)
    cleo.wire.cut()
    await say(cleo.page, 'Written in a tunnel')
    await state(cleo.page, 'Written in a tunnel', 'sending')
    // Pages are closed without a warning: only what is on the disk by then counts, and that is the conversation's own
    // entry, a moment after it changed (the message that waits names the conversation too, and is there at once).
    const channel = cleo.page.url().split('/').at(-1) ?? ''
    await expect.poll(() => stored(cleo.page)).toContain(`channel/${channel}`)
    await expect.poll(() => stored(cleo.page)).toContain('Written in a tunnel')
    await cleo.page.reload()
    await cleo.page.getByRole('heading', { name: dan.name, level: 2 }).waitFor()
    await state(cleo.page, 'Written in a tunnel', 'sending')
    await say(cleo.page, 'Still in there')
    await state(cleo.page, 'Still in there', 'sending')
    await clean(cleo.page)

    cleo.wire.mend()
    await state(cleo.page, 'Written in a tunnel', 'sent')
    await state(cleo.page, 'Still in there', 'sent')
    await expect.poll(() => texts(cleo.page)).toEqual(['Before', 'Written in a tunnel', 'Still in there'])
    await chatItem(dan.page, cleo.name).click()
    await expect.poll(() => texts(dan.page)).toEqual(['Before', 'Written in a tunnel', 'Still in there'])
  }, 120_000)

  it('brings several together in a group, that one can leave', async () => {
    const [eve, fay, gus] = await Promise.all([joined('eve'), joined('fay'), joined('gus')])
    await eve.page.getByRole('button', { name: 'New conversation' }).first().click()
    await eve.page.getByLabel('A group').check()
    const field = eve.page.getByLabel('Who is in it?')
    await field.fill(named('nobody-of-this-name'))
    await field.press('Enter')
    await eve.page.getByText('Nobody here is called').waitFor()
    await field.fill(fay.name)
    await field.press('Enter')
    await eve.page.getByRole('button', { name: `Remove ${fay.name}` }).waitFor()
    await eve.page.getByLabel('What is it called?').fill('Harbour watch')
    await eve.page.getByRole('button', { name: 'Create group' }).click()
    await eve.page.getByRole('heading', { name: 'Harbour watch', level: 2 }).waitFor()
    await say(eve.page, 'Who has the keys?')
    await chatItem(fay.page, 'Harbour watch').click()
    await message(fay.page, 'Who has the keys?').getByText(eve.name).first().waitFor()

    await eve.page.getByRole('button', { name: 'About this group' }).click()
    await eve.page.getByLabel('Add someone').fill(gus.name)
    await eve.page.getByLabel('Add someone').press('Enter')
    await eve.page.getByRole('list', { name: 'People in this group' }).getByText(gus.name).waitFor()
    await clean(eve.page)
    await eve.page.keyboard.press('Escape')
    await eve.page.getByText('3 people').waitFor()
    await chatItem(gus.page, 'Harbour watch').click()
    await say(gus.page, 'I do.')
    await message(fay.page, 'I do.').waitFor()

    await fay.page.getByRole('button', { name: 'About this group' }).click()
    await fay.page.getByRole('button', { name: 'Leave…' }).click()
    await fay.page.getByRole('button', { name: 'Leave the group' }).click()
    await expect.poll(() => chatItem(fay.page, 'Harbour watch').count()).toBe(0)
    await eve.page.getByText('2 people').waitFor()
  }, 120_000)

  it('scrolls back through history without a jump', async () => {
    const [hal, ida] = await Promise.all([joined('hal'), joined('ida')])
    await startDirect(hal.page, ida.name)
    const count = 180
    for (let i = 1; i <= count; i++) await say(hal.page, `Line ${i} ${'of many words '.repeat(i % 9)}`)
    await state(hal.page, `Line ${count} `, 'sent')
    await hal.page.reload()
    await message(hal.page, `Line ${count} `).waitFor()

    const log = hal.page.getByRole('region', { name: `Messages with ${ida.name}` })
    /** Scrolls up a step at a time like a wheel, and tells how far the line in sight was moved by anything else. */
    const jumps = await log.evaluate(async (element) => {
      const found: number[] = []
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      const first = () => Number(element.querySelector('li.message')?.getAttribute('data-seq'))
      for (let i = 0; i < 4000 && !(first() === 1 && element.scrollTop === 0); i++) {
        const top = element.getBoundingClientRect().top
        const lines = Array.from(element.querySelectorAll('li.message'))
        const seen = lines.find((line) => line.getBoundingClientRect().bottom > top + 40)
        if (seen === undefined) throw new Error('nothing in sight')
        const before = seen.getBoundingClientRect().top
        const wanted = Math.min(60, element.scrollTop)
        element.scrollTop -= wanted
        const after = seen.getBoundingClientRect().top
        await frame()
        await frame()
        if (!seen.isConnected) throw new Error('the line in sight went away')
        found.push(Math.abs(seen.getBoundingClientRect().top - after), Math.abs(after - before - wanted))
      }
      return found
    })
    expect(await message(hal.page, 'Line 1 ').first().isVisible()).toBe(true)
    expect(Math.max(...jumps)).toBeLessThan(2)
    expect(jumps.length).toBeGreaterThan(100)

    // What arrives while one reads far back moves nothing, and says that it is there.
    const place = () =>
      log.evaluate((element) => element.querySelector('li.message')?.getBoundingClientRect().top)
    const before = await place()
    await chatItem(ida.page, hal.name).click()
    await say(ida.page, 'News!')
    const jump = hal.page.getByRole('button', { name: '1 new message' })
    await jump.waitFor()
    expect(await place()).toBe(before)
    await jump.click()
    await expect.poll(() => message(hal.page, 'News!').isVisible()).toBe(true)
    await expect.poll(() => jump.count()).toBe(0)
  }, 180_000)

  it('can be used by keyboard alone', async () => {
    const jon = await joined('jon')
    const kim = await person(named('kim'))
    const { page } = kim
    const keys = page.keyboard
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
      )
    const tabTo = async (label: string | RegExp) => {
      for (let i = 0; i < 25; i++) {
        const now = (await focused()) ?? ''
        if (typeof label === 'string' ? now === label : label.test(now)) return
        await keys.press('Tab')
      }
      throw new Error(`Tab does not lead to ${label}`)
    }
    await tabTo('Create an account')
    await keys.press('Enter')
    await page.getByRole('heading', { name: 'Create your account' }).waitFor()
    await keys.type(kim.name)
    await keys.press('Tab')
    await keys.type(PASSWORD)
    await keys.press('Enter')
    await page.getByText('Connected', { exact: true }).waitFor()

    await tabTo('New conversation')
    await keys.press('Enter')
    await page.getByRole('dialog').waitFor()
    await keys.type(jon.name)
    await keys.press('Enter')
    await page.getByRole('heading', { name: jon.name, level: 2 }).waitFor()
    await tabTo(`Message to ${jon.name}`)
    await keys.type('Typed')
    await keys.press('Shift+Enter')
    await keys.type('in two lines')
    await keys.press('Enter')
    await state(page, 'in two lines', 'sent')
    expect(await texts(page)).toEqual(['Typed\nin two lines'])

    await chatItem(jon.page, kim.name).click()
    await say(jon.page, 'Read aloud')
    // A screen reader is told of it without the focus moving.
    await page
      .locator('[aria-live=polite]')
      .getByText(`${jon.name}: Read aloud`)
      .waitFor({ state: 'attached' })
    expect(await focused()).toBe(`Message to ${jon.name}`)

    await startDirect(jon.page, kim.name)
    await tabTo('Search people and conversations')
    await keys.press('Tab')
    await keys.press('Home')
    expect(await focused()).toContain(jon.name)
    await keys.press('Enter')
    await tabTo(`Message to ${jon.name}`)
  }, 120_000)

  it('is a page of one pane on a phone', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    const [lea, max] = await Promise.all([joined('lea', phone), joined('max')])
    await clean(lea.page)
    await startDirect(max.page, lea.name)
    await say(max.page, 'Small screen?')
    const item = chatItem(lea.page, max.name)
    await item.tap()
    await message(lea.page, 'Small screen?').waitFor()
    expect(await item.isVisible()).toBe(false)
    await compose(lea.page).fill('Yes, and a very long word: ' + 'Donaudampfschifffahrt'.repeat(12))
    await lea.page.getByRole('button', { name: 'Send' }).tap()
    await state(lea.page, 'a very long word', 'sent')
    const wide = await lea.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await clean(lea.page)
    await lea.page.screenshot({ path: picture('page-phone.png') })
    await lea.page.getByRole('link', { name: 'Back to conversations' }).tap()
    await item.waitFor()
    expect(await compose(lea.page).count()).toBe(0)
    await item.tap()
    await lea.page.goBack()
    await item.waitFor()
  }, 120_000)

  it('shows text as text, in every script', async () => {
    const [nia, oli] = await Promise.all([joined('nia'), joined('oli')])
    await startDirect(nia.page, oli.name)
    const hostile =
      '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script><b>bold</b>'
    await say(nia.page, hostile)
    await say(nia.page, 'javascript:alert(1) and https://weft.test/a?b=c, too')
    await say(nia.page, 'שלום, מה שלומך?')
    await say(nia.page, '🎉')
    await state(nia.page, '🎉', 'sent')
    await chatItem(oli.page, nia.name).click()
    await message(oli.page, '🎉').waitFor()
    expect((await texts(oli.page))[0]).toBe(hostile)
    expect(await oli.page.locator('.bubble img, .bubble script, .bubble b').count()).toBe(0)
    expect(await oli.page.title()).not.toContain('owned')
    const links = oli.page.locator('.bubble a')
    expect(await links.count()).toBe(1)
    expect(await links.getAttribute('href')).toBe('https://weft.test/a?b=c')
    const direction = await message(oli.page, 'שלום')
      .locator('.bubble')
      .evaluate((one) => getComputedStyle(one).direction)
    expect(direction).toBe('rtl')
    await clean(oli.page)
  }, 120_000)

  it('says what to do when something is refused, and has no flaw that axe finds', async () => {
    const pia = await person(named('pia'))
    const { page } = pia
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await clean(page)
    await page.getByLabel('User name').fill(pia.name)
    await page.getByLabel('Password', { exact: true }).fill('not the password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('don’t belong together').waitFor()
    await clean(page)
    await signUp(pia)
    await clean(page)

    await page.getByRole('button', { name: 'New conversation' }).first().click()
    await page.getByLabel('Whom do you want to write to?').fill(pia.name)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('This is you.').waitFor()
    await clean(page)
    await page.getByLabel('A group').check()
    await clean(page)
    await page.keyboard.press('Escape')

    // The page begins anew after a log-out: what is clicked before that would be gone.
    const begun = page.waitForEvent('load')
    await page.getByRole('button', { name: 'Log out' }).click()
    await begun
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('User name').fill(pia.name)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('is taken').waitFor()
    await clean(page)
    await page.getByRole('link', { name: 'Log in' }).click()
    await page.getByLabel('User name').fill(pia.name)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Connected', { exact: true }).waitFor()
  }, 120_000)

  it('says that a session has ended, and goes on after the next log-in', async () => {
    const [uma, vic] = await Promise.all([joined('uma'), joined('vic')])
    await startDirect(uma.page, vic.name)
    await say(uma.page, 'Before it ended')
    await state(uma.page, 'Before it ended', 'sent')
    const tokens = [...(await stored(uma.page)).matchAll(/"accessToken":"([^"]+)"/g)]
    const headers = { authorization: `Bearer ${tokens.at(0)?.[1]}` }
    const ended = await fetch(`${weft.url}/v1/sessions/current`, { method: 'DELETE', headers })
    expect(ended.status).toBe(204)
    await uma.page.getByText('Your session has ended.').waitFor()
    await clean(uma.page)
    await uma.page.getByLabel('User name').fill(uma.name)
    await uma.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await uma.page.getByRole('button', { name: 'Log in' }).click()
    await message(uma.page, 'Before it ended').waitFor()
    await say(uma.page, 'And after')
    await state(uma.page, 'And after', 'sent')
  }, 120_000)

  it('is the same in two tabs', async () => {
    const [sam, tea] = await Promise.all([joined('sam'), joined('tea')])
    await startDirect(sam.page, tea.name)
    await say(sam.page, 'From the first tab')
    await state(sam.page, 'From the first tab', 'sent')
    const second = await sam.page.context().newPage()
    await second.goto(sam.page.url())
    await message(second, 'From the first tab').waitFor()
    await say(second, 'From the second tab')
    await state(second, 'From the second tab', 'sent')
    await message(sam.page, 'From the second tab').waitFor()
    await sam.page.close()
    await say(second, 'From the one that is left')
    await state(second, 'From the one that is left', 'sent')
    await chatItem(tea.page, sam.name).click()
    await expect
      .poll(() => texts(tea.page))
      .toEqual(['From the first tab', 'From the second tab', 'From the one that is left'])
  }, 120_000)

  it('has its picture taken', async () => {
    const [ada, nora, rui] = await Promise.all([
      joined('Ada', { deviceScaleFactor: 2, viewport: { width: 1180, height: 776 } }),
      joined('Nora'),
      joined('Rui'),
    ])
    await startDirect(rui.page, ada.name)
    await say(rui.page, 'The slides are in the shared folder')
    await say(rui.page, 'Page 4 still needs the new chart')
    await startDirect(nora.page, ada.name)
    await say(nora.page, 'Lunch at one?')
    await ada.page.getByRole('button', { name: 'New conversation' }).first().click()
    await ada.page.getByLabel('A group').check()
    for (const name of [nora.name, rui.name]) {
      await ada.page.getByLabel('Who is in it?').fill(name)
      await ada.page.getByLabel('Who is in it?').press('Enter')
      await ada.page.getByRole('button', { name: `Remove ${name}` }).waitFor()
    }
    await ada.page.getByLabel('What is it called?').fill('Saturday sailing')
    await ada.page.getByRole('button', { name: 'Create group' }).click()
    await chatItem(nora.page, 'Saturday sailing').click()
    await chatItem(rui.page, 'Saturday sailing').click()
    const talk: [Page, string][] = [
      [ada.page, 'The forecast says four knots until noon, then it picks up.'],
      [nora.page, 'Then let’s leave early.'],
      [
        nora.page,
        'High water is at 8:10, we could be past the point by nine. Tide table: https://weft.test/tides',
      ],
      [rui.page, 'I’ll bring the charts and the good coffee.'],
      [ada.page, 'Perfect. I’m on a train in a minute and might drop out.'],
      [rui.page, 'No hurry, we can sort out the rest tomorrow.'],
      [ada.page, 'Found the spare life jackets, by the way'],
    ]
    for (const [page, text] of talk) {
      await say(page, text)
      await message(ada.page, text).waitFor()
      await state(page, text, 'sent')
    }
    await ada.page.emulateMedia({ colorScheme: 'light' })
    await ada.page.mouse.move(0, 0)
    await ada.page.evaluate(
      () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    )
    await ada.page.screenshot({ path: picture('page.png', { readme: true }) })
    await ada.page.emulateMedia({ colorScheme: 'dark' })
    await clean(ada.page)
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
