import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Browser } from 'playwright-core'
import type { Frame } from '../support/raw-client.ts'

/** A client that knows nothing of this project: told what to say, it tells each frame that comes to it. */
export type Talker = {
  readonly frames: () => Promise<readonly Frame[]>
  readonly say: (text: string) => Promise<void>
  /** What it complained of; for the report of a test that failed. */
  readonly complaints: () => string
  readonly stop: () => Promise<void>
}

export type Asked = {
  readonly url: string
  readonly token: string
  readonly device: string
  readonly channel: string
}

/** A program of this folder, on the Python that `npm test` brought. */
export function pythonTalker(
  python: string,
  program: string,
  { url, token, device, channel }: Asked,
): Talker {
  const child = spawn(python, [new URL(program, import.meta.url).pathname, device, channel], {
    env: {
      ...process.env,
      WEFT_URL: url,
      WEFT_TOKEN: token,
      // Else up to 5 s pass by chance before the package connects again.
      WEBSOCKETS_BACKOFF_INITIAL_DELAY: '0.5',
    },
  })
  const frames: Frame[] = []
  const complaints: string[] = []
  createInterface(child.stdout).on('line', (line) => frames.push(JSON.parse(line)))
  createInterface(child.stderr).on('line', (line) => complaints.push(line))
  const exited = once(child, 'exit')
  return {
    frames: async () => frames,
    say: async (text) => {
      child.stdin.write(`${text}\n`)
    },
    complaints: () => complaints.join('\n'),
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Serves the page from an origin of its own, as another's site would. */
export async function servePage(): Promise<{ readonly origin: string; readonly close: () => void }> {
  const html = await readFile(new URL('over_eventsource.html', import.meta.url))
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The page of this folder, in a browser. */
export async function pageTalker(browser: Browser, origin: string, asked: Asked): Promise<Talker> {
  const { url, token, device, channel } = asked
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${origin}/?${new URLSearchParams({ url, device, channel })}#${token}`)
  return {
    frames: () => page.evaluate<Frame[]>('frames'),
    say: (text) => page.evaluate(`say(${JSON.stringify(text)})`),
    complaints: () => complaints.join('\n'),
    stop: () => page.close(),
  }
}
