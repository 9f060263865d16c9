import { expect, test } from 'vitest'
import { trusted, type UserId } from '../../protocol/ids.ts'
import { decodePassing, encodePassing, passingBytes } from './passing.ts'

const recipients = ['ann', 'bob'].map((user) => trusted<UserId>(user))
const events = [
  { json: Buffer.from('{"kind":"typing"}'), recipients },
  { json: Buffer.from('{}'), recipients: [] },
]

test('passing events read as they were written, within the room that they were given', () => {
  const bytes = encodePassing(events)
  expect(decodePassing(bytes)).toEqual(events)
  expect(bytes.length).toBeLessThanOrEqual(events.reduce((sum, event) => sum + passingBytes(event), 16))
})
