import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

export const ROOT = new URL('../..', import.meta.url).pathname
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 15_000

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** `WEFT_CHROMIUM`, else the first of the usual names on PATH. */
export function findChromium(): string | undefined {
  if (process.env.WEFT_CHROMIUM) return process.env.WEFT_CHROMIUM
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return join(folder, name)
      } catch {
        // Not in this folder: look on.
      }
    }
  }
  return undefined
}

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: flags })

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export type Weft = { url: string; stop: () => Promise<void> }

/** Builds the page, starts the whole of Weft over an empty folder, and waits until it says that it is ready. */
export async function startWeft(): Promise<Weft> {
  if (process.env.WEFT_PAGE_TEST_URL) {
    return { url: process.env.WEFT_PAGE_TEST_URL, stop: async () => {} }
  }
  const script = `import('./scripts/web.mjs').then(({ buildWeb }) => buildWeb('.', process.execPath, console.error))`
  const build = spawn(process.execPath, ['-e', script], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(build, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`building the page ended with ${code}`)

  const data = mkdtempSync(join(tmpdir(), 'weft-page-'))
  const child = spawn(process.execPath, ['services/all/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, WEFT_PORT: String(await freePort()), WEFT_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await readyUrl(child)
  return {
    url,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
        await once(child, 'exit')
        clearTimeout(late)
      }
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function readyUrl(child: ChildProcess): Promise<string> {
  const said: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  if (child.stdout === null) throw new Error('no stdout')
  const lines = createInterface({ input: child.stdout })
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}:\n${said.slice(-40).join('\n')}`))
    const late = setTimeout(() => fail('Weft was not ready in time'), START_TIMEOUT_MS)
    child.once('exit', (code) => fail(`Weft ended with ${code}`))
    lines.on('line', (line) => {
      said.push(line)
      const ready = /weft ready (\S+)/.exec(line)
      if (ready?.[1] === undefined) return
      clearTimeout(late)
      child.removeAllListeners('exit')
      resolve(ready[1].replace(/\/$/, ''))
    })
  })
}

export type Wire = { url: string; cut: () => void; mend: () => void; close: () => void }

/**
 * A TCP proxy before Weft, as the network of one person: `cut` drops every connection and refuses new ones, which
 * Chromium's own offline switch doesn't do to WebSockets that are open.
 */
export async function wireTo(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let up = true
  const server = createServer((near) => {
    if (!up) return near.destroy()
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    cut: () => {
      up = false
      drop()
    },
    mend: () => {
      up = true
    },
    close: () => {
      drop()
      server.close()
    },
  }
}

/** Everything that axe finds on the page as it stands, one line each: empty means none. */
export async function violations(page: Page): Promise<string[]> {
  // The page's own rules forbid foreign scripts, so axe comes in through the debugger.
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    return (await axe.run(document)).violations
  })
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`))
}

/** Where pictures go: into the README's place only when asked to. */
export function picture(name: string): string {
  const folder = join(ROOT, process.env.WEFT_SCREENSHOT === '1' ? 'docs' : 'test-results')
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}
