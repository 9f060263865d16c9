import { expect, test } from 'vitest'
import { Splicer } from './splice.ts'

test('the cursor stands before the event’s own bytes', () => {
  const splicer = new Splicer()
  const json = Buffer.from('{"kind":"message","body":"ünï 🎈"}')
  expect(JSON.parse(Buffer.from(splicer.frame('e1', 42, json)).toString())).toEqual({
    t: 'event',
    cursor: 'e1:42',
    prev: 'e1:41',
    event: { kind: 'message', body: 'ünï 🎈' },
  })
})

test('an event of any size fits', () => {
  const event = { body: 'x'.repeat(300_000) }
  const frame = new Splicer().frame('e1', 1, Buffer.from(JSON.stringify(event)))
  expect(JSON.parse(Buffer.from(frame).toString())).toMatchObject({ event })
})
