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
  say,
  startGroup,
  startStage,
  state,
  stopStage,
} from './page-stage.ts'
import { picture } from './page-support.ts'

const options = (page: Page) => page.getByRole('listbox', { name: 'People to mention' }).getByRole('option')

describe.skipIf(executable === undefined)('mentions on the page', () => {
  beforeAll(startStage, 120_000)
  afterAll(stopStage, 60_000)

  it('are of one, of all and of those who are there, and the list shows whom they mean', async () => {
    const [una, vic, wyn] = await Promise.all([joined('una'), joined('vic'), joined('wyn')])
    const { page } = una
    await startGroup(page, 'Harbour watch', [vic.name, wyn.name])
    await say(page, 'Nobody in particular')
    const theirs = chatItem(vic.page, 'Harbour watch')
    await theirs.getByText('1 unread message').waitFor()
    expect(await theirs.getByText('mention').count()).toBe(0)

    await compose(page).pressSequentially('Hello @')
    await options(page).filter({ hasText: 'Everyone who is online now' }).waitFor()
    await clean(page)
    await page.screenshot({ path: picture('page-mention-list.png') })
    await compose(page).pressSequentially('ch')
    await expect.poll(() => options(page).allTextContents()).toEqual(['Everyone here, 3 people@channel'])
    await compose(page).press('Enter')
    await compose(page).pressSequentially('the tide turns')
    await compose(page).press('Enter')
    await theirs.getByText('1 mention of you').waitFor()
    await clean(vic.page)
    await vic.page.screenshot({ path: picture('page-mention-mark.png') })
    await say(page, `And @${vic.name}: the ropes. @here too`)
    await theirs.getByText('2 mentions of you').waitFor()

    // A change of what was said mentions whom it names then.
    await say(page, 'Nobody yet')
    await state(page, 'Nobody yet', 'sent')
    await compose(page).press('ArrowUp')
    await compose(page).fill(`Now @${wyn.name.slice(0, 2)}`)
    await options(page).filter({ hasText: wyn.name }).waitFor()
    await compose(page).press('Enter')
    await compose(page).press('Enter')
    await chatItem(wyn.page, 'Harbour watch').click()
    await message(wyn.page, 'Now').locator('.mention.me').waitFor()
    await theirs.click()
    for (const [text, whom] of [
      ['the tide turns', ['@channel']],
      ['the ropes', [`@${vic.name}`, '@here']],
    ] as const)
      await expect.poll(() => message(vic.page, text).locator('.mention.me').allTextContents()).toEqual(whom)
    await clean(vic.page)
    await expect.poll(() => theirs.getByText('mention').count()).toBe(0)
    await vic.page.screenshot({ path: picture('page-mentions.png') })
  }, 120_000)

  it('broke nothing unseen', () => {
    expect(broken).toEqual([])
  })
})
