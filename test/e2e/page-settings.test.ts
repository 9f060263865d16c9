import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  broken,
  chatItem,
  clean,
  compose,
  executable,
  joined,
  message,
  PASSWORD,
  person,
  say,
  startDirect,
  startStage,
  stopStage,
} from './page-stage.ts'
import { picture } from './page-support.ts'

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#a06"/><circle cx="32" cy="26" r="14" fill="#fd8"/></svg>'
/** Whether the picture in there is one. */
const drawn = (where: Locator) =>
  where.locator('img').evaluateAll((all) => all.some((img) => (img as HTMLImageElement).naturalWidth > 0))

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
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText(`${ray.name} is a contact of yours`).waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).waitFor()
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
    await page.getByText(`${ray.name} can write to you again`).waitFor()
    await page.getByRole('button', { name: 'Unmute', exact: true }).click()
    await page.getByText('No longer muted').waitFor()
    await expect.poll(() => chatItem(page, ray.name).getByText('muted').count()).toBe(0)
  }, 120_000)

  it('is what one is up to, for a while, seen by those who see one', async () => {
    const [uri, vera] = await Promise.all([joined('uri'), joined('vera')])
    await startDirect(vera.page, uri.name)
    const { page } = uri
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('What are you up to?').fill('On the water')
    await page.getByRole('button', { name: 'Choose an emoji' }).click()
    await clean(page)
    await page.getByRole('button', { name: 'wave', exact: true }).click()
    await page.getByLabel('For how long').selectOption('For an hour')
    await page.getByRole('button', { name: 'Set status' }).click()
    await page.getByText('Your status is set').waitFor()
    await page.getByText(/^Until (today|tomorrow),/).waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-status.png') })
    await vera.page.getByText('Online · 🌊 On the water').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Settings' }).click()
    await expect.poll(() => page.getByLabel('What are you up to?').inputValue()).toBe('On the water')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Your status is cleared').waitFor()
    await expect.poll(() => vera.page.getByText('On the water').count()).toBe(0)
    expect(await page.getByLabel('What are you up to?').inputValue()).toBe('')
  }, 120_000)

  it('is what was typed and not sent, on every device', async () => {
    const [una, vin] = await Promise.all([joined('una'), joined('vin')])
    await startDirect(una.page, vin.name)
    await say(una.page, 'First things first')
    const other = await person(una.name)
    await other.page.getByLabel('User name').fill(una.name)
    await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await other.page.getByRole('button', { name: 'Log in' }).click()
    await chatItem(other.page, vin.name).waitFor()
    await compose(una.page).pressSequentially('Half a thought')
    await chatItem(other.page, vin.name).getByText('Draft: Half a thought').waitFor()
    await clean(other.page)
    await other.page.screenshot({ path: picture('page-draft.png') })
    await chatItem(other.page, vin.name).click()
    expect(await compose(other.page).inputValue()).toBe('Half a thought')
    await compose(other.page).pressSequentially(', whole now')
    await expect.poll(() => compose(una.page).inputValue()).toBe('Half a thought, whole now')
    await compose(una.page).press('Enter')
    await message(other.page, 'Half a thought, whole now').waitFor()
    await expect.poll(() => compose(other.page).inputValue()).toBe('')
    await expect.poll(() => compose(una.page).inputValue()).toBe('')
  }, 120_000)

  it('is a name and a picture, which others see', async () => {
    const [sam, tia] = await Promise.all([joined('sam'), joined('tia')])
    await startDirect(sam.page, tia.name)
    await say(sam.page, 'Look at me')
    await chatItem(tia.page, sam.name).waitFor()
    const address = 'https://pictures.test/sam.svg'
    for (const { page } of [sam, tia])
      await page.route('https://pictures.test/**', (route) =>
        route.request().url() === address
          ? route.fulfill({ contentType: 'image/svg+xml', body: PICTURE })
          : route.abort(),
      )
    const { page } = sam
    await page.getByRole('button', { name: 'Settings' }).click()
    const field = page.getByLabel('Address of a picture')
    await field.fill('javascript:alert(1)')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The address of a picture begins with https://').waitFor()
    await clean(page)
    await field.fill('https://pictures.test/none.svg')
    await field.blur()
    await page.getByText('No picture could be loaded from there.').waitFor()
    await field.fill(address)
    await field.blur()
    await expect.poll(() => drawn(page.locator('.preview-picture'))).toBe(true)
    await page.getByLabel('Your name').fill('Sam of the Sea')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your profile is saved').waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-profile.png') })
    await page.keyboard.press('Escape')
    await expect.poll(() => drawn(page.locator('.who'))).toBe(true)

    await tia.page.reload()
    await expect.poll(() => drawn(chatItem(tia.page, 'Sam of the Sea'))).toBe(true)
    await tia.page.screenshot({ path: picture('page-picture.png') })

    // One from this device becomes so small that it is its own address.
    await page.getByRole('button', { name: 'Settings' }).click()
    const file = { name: 'me.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(PICTURE) }
    await page.getByLabel('Choose a picture…').setInputFiles(file)
    const small = /^data:image\/(webp|jpeg)/
    await expect.poll(() => page.locator('.preview-picture img').getAttribute('src')).toMatch(small)
    await page.getByRole('button', { name: 'Save' }).click()
    const own = page.locator('.who img')
    await expect.poll(() => own.getAttribute('src')).toMatch(small)
    await page.reload()
    await expect.poll(() => own.getAttribute('src')).toMatch(small)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'No picture' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => own.count()).toBe(0)
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
