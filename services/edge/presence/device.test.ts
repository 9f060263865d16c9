import { expect, test } from 'vitest'
import { PRESENCE } from '../../../shared/fabric/wire/presence.ts'
import { type DevicePresence, mostPresent, PRESENT } from './device.ts'

const device = (over: Partial<DevicePresence>): DevicePresence => ({ ...PRESENT, ...over })

test.each([
  ['no device', [], 'offline'],
  ['one that said nothing', [{}], 'online'],
  ['one in the background', [{ foreground: false }], 'away'],
  ['one that has just come', [{ awaited: true }], 'offline'],
  ['an idle one', [{ idle: true }], 'away'],
  ['an idle one that is busy', [{ idle: true, said: 'busy' }], 'busy'],
  ['an idle one that is invisible', [{ idle: true, said: 'invisible' }], 'invisible'],
  ['one away, one online', [{ said: 'away' }, {}], 'online'],
  ['one busy, one online', [{ said: 'busy' }, {}], 'busy'],
  ['one invisible, one away', [{ said: 'invisible' }, { said: 'away' }], 'away'],
] as const)('%s', (_name, devices, rank) => {
  expect(mostPresent(devices.map(device)).rank).toBe(PRESENCE[rank])
})

test('the text is that of the most present device', () => {
  const away = device({ said: 'away', text: 'gone fishing' })
  expect(mostPresent([away, device({ text: 'here' })]).text).toBe('here')
  expect(mostPresent([device({ text: 'here' }), device({})]).text).toBe('here')
  expect(mostPresent([away, device({})]).text).toBe('')
})
