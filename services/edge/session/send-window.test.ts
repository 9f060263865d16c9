import { expect, test } from 'vitest'
import { SendWindows } from './send-window.ts'

const P = 3
const fill = (windows: SendWindows, most: number): number => {
  let sent = 0
  while (sent < most && !windows.isFull(P)) {
    windows.sent(P)
    sent++
  }
  return sent
}

test('nothing is held back before an owner has refused', () => {
  expect(fill(new SendWindows(), 100_000)).toBe(100_000)
})

test('a refusal takes a tenth of what is under way, the refusals of one moment together', () => {
  const windows = new SendWindows()
  fill(windows, 10_000)
  for (let at = 0; at < 5; at++) windows.refused(P, 1_000 + at)
  for (let n = 0; n < 10_000; n++) windows.settled(P)
  expect(fill(windows, 100_000)).toBe(9_000)
  windows.refused(P, 2_000)
  for (let n = 0; n < 9_000; n++) windows.settled(P)
  expect(fill(windows, 100_000)).toBe(8_100)
  expect(windows.isFull(P + 1)).toBe(false)
})

test('acks widen it again, and a few refusals leave room enough', () => {
  const windows = new SendWindows()
  windows.sent(P)
  windows.refused(P, 1_000)
  windows.settled(P)
  expect(fill(windows, 100_000)).toBe(1_000)
  for (let n = 0; n < 1_000; n++) {
    windows.settled(P)
    windows.acked(P)
  }
  expect(fill(windows, 100_000)).toBe(1_050)
})
