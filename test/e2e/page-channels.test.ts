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
  type Person,
  person,
  say,
  startDirect,
  startStage,
  stopStage,
} from './page-stage.ts'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

describe.skipIf(executable === undefined)('groups and channels, on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
  const title = (page: Page, name: string) => page.getByRole('heading', { name, level: 2 }).waitFor()
  async function make(page: Page, kind: 'A group' | 'A broadcast', name: string, people: Person[] = []) {
    await button(page, 'New conversation').first().click()
    await page.getByLabel(kind).check()
    for (const one of people) {
      await page.getByLabel('Who is in it?').fill(one.name)
      await page.getByLabel('Who is in it?').press('Enter')
      await button(page, `Remove ${one.name}`).waitFor()
    }
    await page.getByLabel('What is it called?').fill(name)
    await button(page, /^Create (group|channel)$/).click()
    await title(page, name)
  }
  const about = (page: Page) => button(page, /^About this (group|channel)$/).click()
  const close = (page: Page) => button(page, 'Close').click()
  /** What a link is, as it stands in the list of links. */
  const address = async (page: Page): Promise<string> =>
    (await page.locator('.links .address').first().textContent()) ?? ''
  async function choose(page: Page, who: Person, what: string) {
    await button(page, `What to do about ${who.name}`).click()
    await page.getByRole('menuitem', { name: what }).click()
  }
  const fits = async (page: Page) =>
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    )

  it('are joined by a link, that says where it leads and can be taken back', async () => {
    const [amy, ben] = await Promise.all([joined('amy'), joined('ben')])
    const { page } = amy
    await make(page, 'A group', 'Night watch')
    await about(page)
    await clean(page)
    await button(page, 'Invite links').click()
    await page.getByText('Whoever has a link can join').waitFor()
    await page.getByLabel('Good for').selectOption('1 day')
    await page.getByLabel('How many').selectOption('10 people')
    await button(page, 'Make a link').click()
    await page.getByText('0 of 10 joined').waitFor()
    await clean(page)
    const link = await address(page)

    await ben.page.goto(link.replace(new URL(link).origin, ben.wire.url))
    await ben.page.getByText('You’re invited to join').waitFor()
    await title(ben.page, 'Night watch')
    await ben.page.getByText('1 person').waitFor()
    await clean(ben.page)
    await button(ben.page, 'Join').click()
    await compose(ben.page).waitFor()
    await say(ben.page, 'Here by the link')
    await message(page, 'Here by the link').waitFor({ state: 'attached' })
    await ben.page.goto(link.replace(new URL(link).origin, ben.wire.url))
    await ben.page.getByText('You’re in this one already').waitFor()

    await button(page, 'Back').click()
    // The keyboard is where it was.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Invite links')
    await page.keyboard.press('Enter')
    await page.getByText('1 of 10 joined').waitFor()
    await button(page, /^Revoke the link/).click()
    await page.getByText('None. Whoever has').waitFor()
    const cat = await joined('cat', phone)
    await cat.page.goto(link.replace(new URL(link).origin, cat.wire.url))
    await title(cat.page, 'You can’t come in by this link')
    await cat.page.getByText('It has run out').waitFor()
    await fits(cat.page)
    await clean(cat.page)
    await cat.page.getByRole('link', { name: 'Back to conversations' }).tap()
    await title(cat.page, 'Conversations')
  }, 120_000)

  it('let somebody in who had no account when they got the link', async () => {
    const dee = await joined('dee')
    await make(dee.page, 'A group', 'Newcomers')
    await about(dee.page)
    await button(dee.page, 'Invite links').click()
    await button(dee.page, 'Make a link').click()
    await dee.page.getByText('0 joined').waitFor()
    const link = await address(dee.page)
    const eli = await person(named('eli'), phone)
    await eli.page.goto(link.replace(new URL(link).origin, eli.wire.url))
    await eli.page.getByText('You were given a link').waitFor()
    await clean(eli.page)
    await eli.page.getByRole('link', { name: 'Create an account' }).tap()
    await eli.page.getByLabel('User name').fill(eli.name)
    await eli.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await button(eli.page, 'Sign up').tap()
    await title(eli.page, 'Newcomers')
    await fits(eli.page)
    await button(eli.page, 'Join').tap()
    await compose(eli.page).waitFor()
  }, 120_000)

  it('say what they are about, and are archived and brought back', async () => {
    const [fay, gus] = await Promise.all([joined('fay'), joined('gus')])
    const { page } = fay
    await make(page, 'A group', 'Harbour', [gus])
    await chatItem(gus.page, 'Harbour').click()
    await about(page)
    await button(page, 'Name, topic and picture').click()
    await page.getByLabel('Name', { exact: true }).fill('Harbour office')
    await page.getByLabel('Topic', { exact: true }).fill('The tide at noon')
    await page.getByLabel('Description').fill('Who works *at the quay*')
    await page.getByLabel('Address of a picture').fill('http://weft.test/quay.png')
    await button(page, 'Save').click()
    await page.getByText('The address of a picture begins with https://').waitFor()
    await clean(page)
    await page.getByLabel('Address of a picture').fill('')
    await button(page, 'Save').click()
    await page.getByRole('dialog', { name: 'Harbour office' }).getByText('The tide at noon').waitFor()
    await page.getByRole('dialog').locator('strong').getByText('at the quay').waitFor()
    await clean(page)
    await gus.page.locator('.bar .sub').getByText('The tide at noon').waitFor()
    await title(gus.page, 'Harbour office')

    // A member is offered what a member may.
    await about(gus.page)
    await button(gus.page, 'Invite links').waitFor()
    expect(await button(gus.page, 'Name, topic and picture').count()).toBe(0)
    expect(await button(gus.page, 'Banned people').count()).toBe(0)
    expect(await button(gus.page, 'Archive…').count()).toBe(0)
    await close(gus.page)

    await button(page, 'Archive…').click()
    await clean(page)
    await button(page, 'Archive it').click()
    await page.getByRole('dialog').getByText('is archived: it can be read').waitFor()
    expect(await page.getByLabel('Add someone').count()).toBe(0)
    await clean(page)
    await close(page)
    await gus.page.getByText('is archived: it can be read').waitFor()
    expect(await compose(gus.page).count()).toBe(0)
    await chatItem(gus.page, 'Harbour office').getByText('archived').waitFor()
    expect(await button(gus.page, 'Bring it back').count()).toBe(0)
    await clean(gus.page)
    await button(page, 'Bring it back').click()
    await compose(page).waitFor()
    await compose(gus.page).waitFor()
  }, 120_000)

  it('have roles: a reader is told why one can’t write, an admin does more, an owner hands over', async () => {
    const [hal, ida, jon] = await Promise.all([joined('hal'), joined('ida'), joined('jon')])
    const { page } = hal
    await make(page, 'A group', 'Lookouts', [ida, jon])
    await chatItem(ida.page, 'Lookouts').click()
    await compose(ida.page).waitFor()
    await about(page)
    await button(page, `What to do about ${ida.name}`).click()
    await page.getByRole('menuitem', { name: 'Make reader' }).waitFor()
    await clean(page)
    await page.keyboard.press('End')
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByText(`${ida.name} is a reader now`).waitFor()
    await ida.page.getByText('You’re a reader here: members write, and you can react.').waitFor()
    await clean(ida.page)
    await choose(page, ida, 'Make member')
    await compose(ida.page).waitFor()

    await button(page, 'What each role may do').click()
    await page.getByLabel('Write messages').selectOption('Admins and owners')
    await page.getByText('Saved').waitFor()
    await clean(page)
    await ida.page.getByText('You read along here: admins write, and you can react.').waitFor()
    await button(page, 'Back').click()
    await choose(page, ida, 'Make admin')
    await compose(ida.page).waitFor()
    await about(ida.page)
    // Nobody does anything to those above them, or gives what is above their own role.
    await button(ida.page, `What to do about ${jon.name}`).waitFor()
    expect(await button(ida.page, `What to do about ${hal.name}`).count()).toBe(0)
    await button(ida.page, `What to do about ${jon.name}`).click()
    expect(await ida.page.getByRole('menuitem').allTextContents()).toEqual([
      'Make admin',
      'Make reader',
      'Remove…',
      'Ban…',
    ])
    await ida.page.keyboard.press('Escape')

    await choose(page, ida, 'Hand over ownership…')
    await page.getByText('You stay as an admin').waitFor()
    await clean(page)
    await button(page, 'Hand it over').click()
    await page.getByText(`${ida.name} owns it now`).waitFor()
    await button(ida.page, `What to do about ${hal.name}`).waitFor()
    expect(await button(page, `What to do about ${ida.name}`).count()).toBe(0)
  }, 120_000)

  it('let those who moderate delete what others wrote, and nobody else', async () => {
    const [pam, quy] = await Promise.all([joined('pam'), joined('quy')])
    await make(pam.page, 'A group', 'Moderated', [quy])
    await chatItem(quy.page, 'Moderated').click()
    await say(pam.page, 'From the owner')
    await say(quy.page, 'From a member')
    const items = async (page: Page, text: string) => {
      await message(page, text).click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Copy text' }).waitFor()
      return page.getByRole('menuitem').allTextContents()
    }
    await message(quy.page, 'From the owner').waitFor()
    expect(await items(quy.page, 'From the owner')).not.toContain('Delete…')
    await quy.page.keyboard.press('Escape')
    await message(pam.page, 'From a member').waitFor()
    expect(await items(pam.page, 'From a member')).toContain('Delete…')
    await pam.page.getByRole('menuitem', { name: 'Delete…' }).click()
    await button(pam.page, 'Delete for everyone').click()
    await quy.page.getByText('This message was deleted.').first().waitFor()

    // Of what is archived one copies; who reads along reacts.
    await pam.page.keyboard.press('Escape')
    await about(pam.page)
    await choose(pam.page, quy, 'Make reader')
    await quy.page.getByText('You’re a reader here').waitFor()
    const read = await items(quy.page, 'From the owner')
    expect(read).toContain('React…')
    expect(read).not.toContain('Reply in thread')
    await quy.page.keyboard.press('Escape')
    await button(pam.page, 'Archive…').click()
    await button(pam.page, 'Archive it').click()
    await quy.page.getByText('is archived: it can be read').waitFor()
    expect(await items(quy.page, 'From the owner')).toEqual(['Forward…', 'Copy text', 'Copy link'])
  }, 120_000)

  it('say how long messages stay, as every conversation does', async () => {
    const [tom, una] = await Promise.all([joined('tom'), joined('una')])
    await make(tom.page, 'A group', 'Brief words', [una])
    await chatItem(una.page, 'Brief words').click()
    await say(tom.page, 'This stays')
    await about(tom.page)
    await tom.page.getByLabel('Disappearing messages').selectOption('1 hour')
    await tom.page.getByText('New messages disappear after 1 hour').waitFor()
    await clean(tom.page)
    await close(tom.page)
    await una.page.locator('.bar .sub').getByText('messages disappear after 1 hour').waitFor()
    await about(una.page)
    await una.page.getByRole('dialog').getByText('after 1 hour').waitFor()
    expect(await una.page.getByLabel('Disappearing messages').count()).toBe(0)
    await clean(una.page)
    await close(una.page)

    await startDirect(una.page, tom.name)
    await button(una.page, 'About this conversation').click()
    await una.page.getByLabel('Disappearing messages').selectOption('4 weeks')
    await una.page.getByText('New messages disappear after 4 weeks').waitFor()
    await clean(una.page)
    await close(una.page)
    await una.page.locator('.bar').getByText('messages disappear after 4 weeks').waitFor()
    await say(una.page, 'For a month')
    await chatItem(tom.page, una.name).click()
    await tom.page.locator('.bar').getByText('messages disappear after 4 weeks').waitFor()
    await button(tom.page, 'About this conversation').click()
    await expect.poll(() => tom.page.getByLabel('Disappearing messages').inputValue()).toBe('2419200')
    await tom.page.getByLabel('Disappearing messages').selectOption('Off')
    await tom.page.getByText('New messages stay').waitFor()
    await expect.poll(() => una.page.locator('.bar').getByText('messages disappear').count()).toBe(0)
  }, 120_000)

  it('are administered on a phone, and by keyboard alone', async () => {
    const [rio, sol] = await Promise.all([joined('rio', phone), joined('sol')])
    const { page } = rio
    await make(page, 'A group', 'A name that is rather long for the screen of a telephone', [sol])
    const inside = async () => {
      const wide = await page.getByRole('dialog').evaluate((one) => one.scrollWidth - one.clientWidth)
      expect(wide).toBeLessThanOrEqual(0)
      await fits(page)
      await clean(page)
    }
    await about(page)
    await button(page, `What to do about ${sol.name}`).waitFor()
    await inside()
    for (const part of [
      'Name, topic and picture',
      'What each role may do',
      'Invite links',
      'Banned people',
    ]) {
      await button(page, part).tap()
      await title(page, part)
      await inside()
      await button(page, 'Back').tap()
    }

    const keys = sol.page.keyboard
    await chatItem(sol.page, 'A name that is').click()
    await compose(sol.page).waitFor()
    const focused = () =>
      sol.page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      )
    const tabTo = async (name: string) => {
      for (let i = 0; i < 25 && (await focused()) !== name; i++) await keys.press('Tab')
      expect(await focused()).toBe(name)
    }
    await choose(page, sol, 'Make admin')
    await keys.press('Shift+Tab')
    await button(sol.page, 'About this group').focus()
    await keys.press('Enter')
    await sol.page.getByRole('dialog').waitFor()
    await tabTo('Banned people')
    await keys.press('Enter')
    await title(sol.page, 'Banned people')
    expect(await focused()).toBe('Banned people')
    await keys.press('Shift+Tab')
    await tabTo('Back')
    await keys.press('Enter')
    await expect.poll(focused).toBe('Banned people')
    await tabTo('Archive…')
    await keys.press('Enter')
    await tabTo('Archive it')
    await keys.press('Enter')
    await sol.page.getByRole('dialog').getByText('is archived: it can be read').waitFor()
    await keys.press('Escape')
    await expect.poll(focused).toBe('About this group')
  }, 120_000)

  it('keep out whom they banned, until that is lifted', async () => {
    const [kim, lou] = await Promise.all([joined('kim'), joined('lou')])
    const { page } = kim
    await make(page, 'A group', 'Inner circle', [lou])
    await chatItem(lou.page, 'Inner circle').click()
    await about(page)
    await button(page, 'Invite links').click()
    await button(page, 'Make a link').click()
    await page.getByText('0 joined').waitFor()
    const link = await address(page)
    await button(page, 'Back').click()
    await choose(page, lou, 'Ban…')
    await clean(page)
    await button(page, 'Ban').click()
    await page.getByText(`${lou.name} is banned`).waitFor()
    await expect.poll(() => chatItem(lou.page, 'Inner circle').count()).toBe(0)
    await lou.page.goto(link.replace(new URL(link).origin, lou.wire.url))
    await lou.page.getByText('You were banned from this conversation').waitFor()
    await page.getByLabel('Add someone').fill(lou.name)
    await page.getByLabel('Add someone').press('Enter')
    await page.getByText('they are banned here').waitFor()

    await button(page, 'Banned people').click()
    await page.getByText('by you').waitFor()
    await clean(page)
    await button(page, `Lift the ban of ${lou.name}`).click()
    await page.getByText('Nobody.').waitFor()
    await page.getByLabel('Ban somebody who isn’t here').fill(named('nobody-of-this-name'))
    await page.getByLabel('Ban somebody who isn’t here').press('Enter')
    await page.getByText('Nobody here is called').waitFor()
    await button(lou.page, 'Try again').click()
    await button(lou.page, 'Join').click()
    await compose(lou.page).waitFor()
  }, 120_000)

  it('are found when they are public, and joined', async () => {
    const [max, nia, oli] = await Promise.all([joined('max'), joined('nia'), joined('oli', phone)])
    const { page } = max
    const name = named('Regatta results')
    await button(page, 'New conversation').first().click()
    await page.getByLabel('A broadcast').check()
    await page.getByRole('switch', { name: 'Public' }).check()
    await clean(page)
    await page.getByLabel('What is it called?').fill(name)
    await button(page, 'Create channel').click()
    await title(page, name)
    await say(page, 'First over the line')
    const find = async (other: Page) => {
      await other.getByLabel('Search people and conversations').fill('regatta')
      await button(other, `${name} 1 person`).waitFor()
    }
    await find(nia.page)
    await clean(nia.page)
    await button(nia.page, `${name} 1 person`).click()
    await nia.page.getByRole('dialog', { name }).getByText('Broadcast channel').waitFor()
    await clean(nia.page)
    await button(nia.page, 'Join').click()
    await message(nia.page, 'First over the line').waitFor()
    await nia.page.getByText('You read along here: admins write').waitFor()
    await nia.page.getByLabel('Search people and conversations').fill('regatta')
    await nia.page.getByRole('link', { name }).waitFor()

    // What is private again is found by nobody.
    await about(page)
    await button(page, 'Name, topic and picture').click()
    await page.getByRole('switch', { name: 'Public' }).uncheck()
    await button(page, 'Save').click()
    await page.getByText('Private broadcast channel').waitFor()
    await oli.page.getByLabel('Search people and conversations').fill('regatta')
    await oli.page.getByText('Nobody and nothing is called that.').waitFor()

    await about(nia.page)
    await button(nia.page, 'Leave…').click()
    await clean(nia.page)
    await button(nia.page, 'Leave the channel').click()
    await expect.poll(() => chatItem(nia.page, name).count()).toBe(0)
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
