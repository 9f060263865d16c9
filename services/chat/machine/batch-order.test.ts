import { expect, test } from 'vitest'
import { type EdgeId, trusted } from '../../../shared/protocol/ids.ts'
import { BatchOrder } from './batch-order.ts'

const one = trusted<EdgeId>('one')
const other = trusted<EdgeId>('other')

test('from a hole on, nothing of the run is taken, not even what comes late; the next run begins anew', () => {
  const order = new BatchOrder()
  const take = (run: number, number: number, edge = one) => order.take(edge, { run, number })
  expect([take(0, 0), take(0, 1)]).toEqual([true, true])
  expect([take(0, 3), take(0, 2), take(0, 4)]).toEqual([false, false, false])
  expect(take(0, 0, other)).toBe(true)
  expect([take(1, 0), take(1, 1)]).toEqual([true, true])
  expect(take(0, 5)).toBe(false)
  expect(take(1, 2)).toBe(true)
})

test('a run whose beginning was lost is not taken', () => {
  const order = new BatchOrder()
  const take = (run: number, number: number) => order.take(one, { run, number })
  expect([take(0, 1), take(0, 2)]).toEqual([false, false])
  expect([take(1, 1), take(1, 2), take(2, 0)]).toEqual([false, false, true])
})
