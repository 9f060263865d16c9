import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startWeft, temporaryFolder } from '../support/weft.ts'

export const ROOT = new URL('../..', import.meta.url).pathname

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

export type Weft = { url: string; stop: () => Promise<void> }

/** Builds the page and starts the whole of Weft over an empty folder; or takes the one at WEFT_PAGE_TEST_URL. */
export async function startForPage(): Promise<Weft> {
  const running = process.env.WEFT_PAGE_TEST_URL
  if (running !== undefined) return { url: running, stop: async () => {} }
  const script = `import('./scripts/web.mjs').then(({ buildWeb }) => buildWeb('.', process.execPath, console.error))`
  const env = { ...process.env, NODE_ENV: 'production' }
  const build = spawn(process.execPath, ['-e', script], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(build, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`building the page ended with ${code}`)

  const data = await temporaryFolder('page')
  const weft = await startWeft(data.path)
  return {
    url: weft.url,
    stop: async () => {
      await weft.stop()
      await data.remove()
    },
  }
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
    const injected = globalThis as typeof globalThis & { axe: typeof axe }
    return (await injected.axe.run(document)).violations
  })
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} (${node.failureSummary})`))
}

/** Everything that the page's origin keeps in IndexedDB, as one text. */
export const stored = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
      })
    const found: unknown[] = []
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name))
      for (const table of database.objectStoreNames) {
        const held = database.transaction(table).objectStore(table)
        found.push(await Promise.all([done(held.getAllKeys()), done(held.getAll())]))
      }
      database.close()
    }
    return JSON.stringify(found)
  })

/** Where pictures go: the README's own into its place, when asked to. */
export function picture(name: string, options: { readme?: boolean } = {}): string {
  const folder = join(ROOT, options.readme && process.env.WEFT_SCREENSHOT === '1' ? 'docs' : 'test-results')
  mkdirSync(folder, { recursive: true })
  return join(folder, name)
}
