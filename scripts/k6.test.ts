import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { provisionK6 } from './k6.mjs'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-k6-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}
const fakeK6 = (version: string) => program('k6', `echo "k6 v${version} (go1.26, linux/amd64)"`)
/** Builds a fake: what it is asked for stands in what it reports. */
const fakeGo = () =>
  program(
    'go',
    '[ "$3" = go.k6.io/k6@v1.8.1 ] || exit 3\nprintf \'#!/bin/sh\\necho "k6 v1.8.1 (built)"\\n\' > "$GOBIN/k6"\nchmod +x "$GOBIN/k6"',
  )
const cacheDir = () => join(folder, 'cache')
const provision = (go: string, env: NodeJS.ProcessEnv = { PATH: '' }, said: string[] = []) =>
  provisionK6({ cacheDir: cacheDir(), go, env, say: (line) => said.push(line) })

test('one on PATH is taken', async () => {
  const k6 = await fakeK6('1.9.0')
  expect(await provision('/nowhere/go', { PATH: `/nowhere:${folder}` })).toBe(k6)
})

test.each(['1.7.9', '0.58.0', '2.0.0'])(
  'version %s on PATH is said to be the wrong one, and passed over',
  async (version) => {
    await fakeK6(version)
    const said: string[] = []
    const built = await provision(await fakeGo(), { PATH: `${folder}:/usr/bin:/bin` }, said)
    expect(built).toBe(join(cacheDir(), 'k6-1.8.1'))
    expect(said[0]).toContain(`k6 v${version}`)
  },
)

test('a named one has to be right', async () => {
  const k6 = await fakeK6('1.8.0')
  expect(await provision('/nowhere/go', { WEFT_K6: k6 })).toBe(k6)
  await fakeK6('1.0.0')
  await expect(provision('/nowhere/go', { WEFT_K6: k6 })).rejects.toThrow(/1\.8 or newer/)
})

test('it is built once, and nothing else is left behind', async () => {
  const first = await provision(await fakeGo(), { PATH: '/usr/bin:/bin' })
  expect(await readdir(cacheDir())).toEqual(['k6-1.8.1'])
  expect(await provision('/nowhere/go')).toBe(first)
})

test('without k6 and Go, the message says what to install', async () => {
  await expect(provision('/nowhere/go')).rejects.toThrow(/none on PATH, nor Go[\s\S]*WEFT_K6/)
})

test('a build that fails is told with its last line, and leaves nothing', async () => {
  const go = await program('go', 'echo "no such module" >&2; exit 1')
  await expect(provision(go)).rejects.toThrow(/ended with 1: no such module/)
  expect(await readdir(cacheDir())).toEqual([])
})
