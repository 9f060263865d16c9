import { expect, test } from 'vitest'
import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { trusted } from '../../../shared/protocol/ids.ts'
import { Refusals } from './refusals.ts'

const send = (request: number, flow = 0, channel = 'c1'): SendCommand => ({
  request,
  flow,
  session: trusted('s1'),
  channel: trusted(channel),
  user: trusted('u1'),
  device: trusted('d1'),
  cid: trusted(`cid-${request}`),
  replyTo: 0,
  mentions: NO_MENTIONS,
  content: Buffer.from('"body":"x"'),
})

test('what was sent behind a refused send is refused; what came before it, and other channels, are not', () => {
  const refusals = new Refusals()
  refusals.add(send(15))
  const behind = (request: number, flow?: number, channel?: string) =>
    refusals.isBehindRefused(send(request, flow, channel))
  expect([behind(14), behind(15), behind(16)]).toEqual([false, true, true])
  expect(behind(16, 0, 'c2')).toBe(false)
  // The client has seen the refusal.
  expect(behind(17, 1)).toBe(false)
})

test('the first refusal of a flow counts, and a later flow’s takes all of the flows before along', () => {
  const refusals = new Refusals()
  refusals.add(send(15))
  refusals.add(send(18))
  expect(refusals.isBehindRefused(send(16))).toBe(true)
  refusals.add(send(30, 1))
  expect(refusals.isBehindRefused(send(16))).toBe(true)
  expect(refusals.isBehindRefused(send(29, 1))).toBe(false)
  refusals.add(send(31, 0))
  expect(refusals.isBehindRefused(send(31, 1))).toBe(true)
})

test('numbers that begin again are still in order', () => {
  const refusals = new Refusals()
  refusals.add(send(0xfffffffe))
  expect(refusals.isBehindRefused(send(0xfffffffd))).toBe(false)
  expect(refusals.isBehindRefused(send(3))).toBe(true)
})
