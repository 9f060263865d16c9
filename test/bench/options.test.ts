import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('rows and numbers are checked before anything starts', () => {
  const known = ['latency', 'group']
  expect(parseOptions([], known)).toMatchObject({ rows: [], runs: undefined, seconds: 10 })
  expect(parseOptions(['group', '--runs', '1', '--seconds', '0.5'], known)).toMatchObject({
    rows: ['group'],
    runs: 1,
    seconds: 0.5,
  })
  expect(parseOptions(['--node-args=--cpu-prof --cpu-prof-dir=/tmp/x'], known).nodeArgs).toEqual([
    '--cpu-prof',
    '--cpu-prof-dir=/tmp/x',
  ])
  expect(() => parseOptions(['speed'], known)).toThrow('there is no row speed; there are latency, group')
  expect(() => parseOptions(['--runs', 'many'], known)).toThrow('--runs must be a number above 0')
})
