import { expect, test } from 'vitest'
import { unavailable } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { ChannelFlows } from './flow.ts'

const channel = trusted<ChannelId>('c')
const error = unavailable('not now')

function barred() {
  const flows = new ChannelFlows()
  const flow = flows.of(channel)
  flows.bar(flow, error, 4, 0)
  return { flows, flow }
}

test('what was pipelined behind a refused send is refused with the same error', () => {
  const { flows, flow } = barred()
  expect(flows.barred(flow, 3, 1)).toBe(error)
  expect(flows.barred(flow, 3, 1)).toBe(error)
})

test.each<[string, number, number]>([
  ['the ping after the error was answered', 4, 1],
  ['the client had time enough', 3, 2_000],
])('goes on once %s', (_name, pongs, now) => {
  const { flows, flow } = barred()
  flows.barred(flow, 3, 1)
  expect(flows.barred(flow, pongs, now)).toBe(null)
  expect(flows.barred(flow, 3, 1)).toBe(null)
})

test('a second refusal needs a ping of its own', () => {
  const { flows, flow } = barred()
  flows.bar(flow, error, 5, 1)
  expect(flows.barred(flow, 4, 1)).toBe(error)
  expect(flows.barred(flow, 5, 1)).toBe(null)
})

test('a channel that was forgotten begins above what its owner may have refused', () => {
  const flows = new ChannelFlows()
  const flow = flows.of(channel)
  flow.flow = 7
  flows.settle(channel, flow)
  expect(flows.of(channel)).not.toBe(flow)
  expect(flows.of(channel).flow).toBe(7)
})

test('thousands of channels with lapsed refusals are not kept', () => {
  const flows = new ChannelFlows()
  for (let i = 0; i < 1_000; i++)
    flows.bar(flows.of(trusted<ChannelId>(`c${i}`)), error, 1, performance.now() - 10_000)
  const first = flows.of(trusted<ChannelId>('c0'))
  flows.of(trusted<ChannelId>('one more'))
  expect(flows.of(trusted<ChannelId>('c0'))).not.toBe(first)
})
