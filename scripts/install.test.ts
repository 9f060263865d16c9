import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { completeLock, platformOf } from './complete-lock.mjs'
import { isInstalled } from './install.mjs'

describe('what is installed', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'weft-install-'))
    await mkdir(join(root, 'node_modules'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const a = { version: '1.0.0', integrity: 'sha512-a' }
  const other = { version: '1.0.0', optional: true }
  const wanted = { '': { version: '0.1.0' }, 'node_modules/a': a, 'node_modules/other-platform': other }

  async function given(installed: object | undefined): Promise<boolean> {
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }))
    const path = join(root, 'node_modules', '.package-lock.json')
    if (installed !== undefined) await writeFile(path, JSON.stringify({ packages: installed }))
    return isInstalled(root)
  }

  test('is right if it is what the lock says', async () => {
    expect(await given({ 'node_modules/a': a })).toBe(true)
  })

  test.each([
    ['nothing', undefined],
    ['a package missing', {}],
    ['another version', { 'node_modules/a': { ...a, version: '0.9.0' } }],
    ['other bytes', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }],
  ])('is wrong with %s', async (_name, installed) => {
    expect(await given(installed)).toBe(false)
  })
})

describe('the lock', () => {
  test('gets the builds that npm left out', () => {
    const optionalDependencies = { '@x/linux-x64-musl': '2.0.0', '@x/linux-x64': '2.0.0' }
    const there = { version: '2.0.0', optional: true }
    const packages = {
      'node_modules/x': { dev: true, optionalDependencies },
      'node_modules/@x/linux-x64': there,
    }
    const { lock, added } = completeLock({ packages })
    expect(added).toEqual(['@x/linux-x64-musl'])
    expect(lock.packages['node_modules/@x/linux-x64-musl']).toEqual({
      version: '2.0.0',
      dev: true,
      optional: true,
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
    })
    expect(completeLock(lock).added).toEqual([])
  })

  test('is refused where a name does not tell the platform', () => {
    const packages = { 'node_modules/x': { optionalDependencies: { surprise: '1.0.0' } } }
    expect(() => completeLock({ packages })).toThrow(/surprise/)
    expect(platformOf('surprise')).toBeUndefined()
  })
})
