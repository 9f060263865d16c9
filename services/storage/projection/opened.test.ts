import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal } from '../../../shared/fabric/keyring.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { Opened } from './opened.ts'

const [ann, bob] = [trusted<UserId>('ann'), trusted<UserId>('bob')]
const key = createSecretKey(randomBytes(32))
const text = Buffer.from('hello')

test('what was opened is found by the same bytes, wherever they stand, and by no others', () => {
  const opened = new Opened()
  const sealed = seal(key, ann, text)
  opened.remember(sealed, text)
  const elsewhere = structuredClone(sealed)
  expect(opened.find(elsewhere)).toBe(text)
  expect(opened.find(seal(key, ann, text))).toBeUndefined()
  expect(opened.find(seal(key, bob, text))).toBeUndefined()
})

test('the oldest are forgotten, the newest stay', () => {
  const opened = new Opened(2_000)
  const all = Array.from({ length: 100 }, () => seal(key, ann, text))
  for (const sealed of all) opened.remember(sealed, text)
  const found = all.map((sealed) => opened.find(sealed) !== undefined)
  expect(found.at(-1)).toBe(true)
  expect(found.indexOf(true)).toBeGreaterThan(75)
})
