import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below 32768, where Linux begins to take the ports of outgoing connections from. */
const FIRST = 20_000
const LAST = 32_000
const TRIES = 100

/**
 * A port of 127.0.0.1 that is free now, and that no outgoing connection takes while its owner is down for a moment.
 * @throws if none is found.
 */
export async function stablePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST)
    if (given.has(port)) continue
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue // somebody else has it
    }
    server.close()
    await once(server, 'close')
    given.add(port)
    return port
  }
  throw new Error(`no free port from ${FIRST} to ${LAST}`)
}

const given = new Set<number>()
