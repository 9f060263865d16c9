import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CommandQueue } from './command-queue.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A commit takes so many, and so long. */
function commit(queue: CommandQueue<number>, count: number, ms: number): number[] {
  const taken: number[] = []
  queue.takeWhile((command) => taken.length < count && taken.push(command) > 0)
  vi.advanceTimersByTime(ms)
  return taken
}

test('takes in order, and knows no pace before it has committed', () => {
  const queue = new CommandQueue<number>()
  for (let n = 1; n <= 5; n++) queue.push(n)
  expect(queue.waitMs).toBe(0)
  expect(commit(queue, 2, 10)).toEqual([1, 2])
  expect(commit(queue, 9, 10)).toEqual([3, 4, 5])
  expect(queue.length).toBe(0)
  queue.push(6)
  expect(queue.takeAll()).toEqual([6])
  expect(queue.length).toBe(0)
})

test('the wait is what is queued at the pace of the commits', () => {
  const queue = new CommandQueue<number>()
  for (let n = 0; n < 10_000; n++) queue.push(n)
  for (let round = 0; round < 20; round++) commit(queue, 100, 50)
  // 8,000 are left, at half a millisecond each.
  expect(queue.waitMs).toBeCloseTo(4_000, -2)
})

test('idle time is not the pace, and one stall moves it by little', () => {
  const queue = new CommandQueue<number>()
  for (let n = 0; n < 1_000; n++) queue.push(n)
  for (let round = 0; round < 10; round++) commit(queue, 100, 10)
  const idle = 3_600_000
  vi.advanceTimersByTime(idle)
  for (let n = 0; n < 1_000; n++) queue.push(n)
  commit(queue, 100, 2_000)
  commit(queue, 100, 10)
  expect(queue.waitMs).toBeLessThan(800 * 0.1 * 2)
})

test('a slow pace is unlearned by commits that leave nothing, or it would keep the queue too short to tell', () => {
  const queue = new CommandQueue<number>()
  for (let n = 0; n < 6; n++) queue.push(n)
  commit(queue, 3, 3_000)
  commit(queue, 3, 3_000)
  for (let round = 0; round < 60; round++) {
    for (let n = 0; n < 3; n++) queue.push(n)
    commit(queue, 3, 3)
  }
  for (let n = 0; n < 100; n++) queue.push(n)
  expect(queue.waitMs).toBeGreaterThan(0)
  expect(queue.waitMs).toBeLessThan(200)
})
