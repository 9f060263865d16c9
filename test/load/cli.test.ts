import { expect, test } from 'vitest'
import { envOf, parseCommand, usage } from './cli.ts'
import { OPTIONS, optionNames, parseValues } from './options.ts'
import { SCENARIOS } from './scenario-list.ts'

test('a flag goes before the environment, and that before the default', () => {
  const env = { WEFT_LOAD_USERS: '7', WEFT_LOAD_BYTES: '512' }
  const command = parseCommand(['group', '--users', '9'], env)
  expect(command).toMatchObject({ scenario: 'group', values: { users: 9, bytes: 512, seconds: 30 } })
})

test('the secret may be given as the fabric has it', () => {
  expect(parseCommand(['hold'], { WEFT_TOKEN_SECRET: 's1' })?.values.secret).toBe('s1')
  expect(parseCommand(['hold'], { WEFT_TOKEN_SECRET: 's1', WEFT_LOAD_SECRET: 's2' })?.values.secret).toBe(
    's2',
  )
})

test('what stands after -- is k6’s', () => {
  expect(parseCommand(['hold', '--users', '4', '--', '--local-ips=127.0.0.2'], {})?.k6Args).toEqual([
    '--local-ips=127.0.0.2',
  ])
})

test.each([
  [[], 'name one scenario of hold, one-to-one'],
  [['nothing'], 'name one scenario'],
  [['hold', '--users', '1'], '--users must be a whole number from 2 up, not "1"'],
  [['hold', '--users', '2.5'], '--users must be a whole'],
  [['hold', '--seconds', 'long'], '--seconds must be a number from 1 up'],
  [['hold', '--usres', '3'], '--usres'],
  [['storm', '--seconds', '8'], 'twice --away'],
])('%j is refused with what is wrong', (args, message) => {
  expect(() => parseCommand(args, {})).toThrow(message)
})

test('help names every scenario, flag and variable', () => {
  expect(parseCommand(['--help'], {})).toBeNull()
  const missing = [
    ...Object.keys(SCENARIOS),
    ...optionNames.flatMap((name) => [`--${name}`, OPTIONS[name].env]),
  ].filter((word) => !usage().includes(word))
  expect(missing).toEqual([])
})

test('what the runner hands on is what k6 reads', () => {
  const values = parseCommand(['group', '--users', '9', '--url', 'http://a'], {})?.values
  if (values === undefined) throw new Error('nothing parsed')
  const env = envOf(values)
  expect(parseValues((name) => env[OPTIONS[name].env])).toEqual(values)
})
