import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { provisionPython } from './python.mjs'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-python-'))
  await writeFile(join(folder, 'requirements.txt'), 'a-package==1.0\n')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Makes what looks like an environment, and writes down how often. */
async function fakePython(version: string): Promise<string> {
  const path = join(folder, 'python3')
  const lines = [
    '#!/bin/sh',
    'case "$1 $2" in',
    `  "-c "*) echo '[[${version}], "${path}"]' ;;`,
    `  "-m venv") echo venv >> ${folder}/made; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;`,
    `  "-m pip") [ -e ${folder}/no-network ] && echo no network >&2 && exit 1; echo "Collecting a-package==1.0" ;;`,
    'esac',
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  await chmod(path, 0o755)
  return path
}
const provision = (python: string, said: string[] = []) =>
  provisionPython({
    cacheDir: join(folder, 'cache'),
    requirements: join(folder, 'requirements.txt'),
    say: (line) => said.push(line),
    env: { WEFT_PYTHON: python },
  })
const environments = () => readdir(join(folder, 'cache'))

test('an environment is made once for a Python and the packages that are pinned, and says how far it is', async () => {
  const python = await fakePython('3, 12, 1')
  const said: string[] = []
  const made = await provision(python, said)
  expect(made?.startsWith(join(folder, 'cache'))).toBe(true)
  expect(said.at(-1)).toContain('Collecting a-package')
  expect(await provision(python)).toBe(made)
  expect(await environments()).toHaveLength(1)
  await writeFile(join(folder, 'requirements.txt'), 'a-package==2.0\n')
  expect(await provision(python)).not.toBe(made)
})

test('what can’t be installed leaves nothing behind, and there is none', async () => {
  const python = await fakePython('3, 12, 1')
  await writeFile(join(folder, 'no-network'), '')
  const said: string[] = []
  expect(await provision(python, said)).toBeUndefined()
  expect(said.at(-1)).toContain('no network')
  expect(await environments()).toEqual([])
})

test('one that is too old, or isn’t there, is none', async () => {
  const said: string[] = []
  expect(await provision(await fakePython('3, 9, 2'), said)).toBeUndefined()
  expect(said.at(-1)).toContain('3.10 or newer')
  expect(await provision('/nowhere/python', said)).toBeUndefined()
  expect(said.at(-1)).toContain('left out')
})
