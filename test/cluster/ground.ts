import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { claimDataDir } from '../../shared/fabric/nats-server-claim.ts'
import { mountVolume } from './faults/disk.ts'
import { loopback } from './network/loopback.ts'
import { makeNamespaces, mayMakeNamespaces } from './network/namespaces.ts'
import type { Network } from './network/network.ts'
import { Reaper } from './reaper.ts'
import type { TargetOptions } from './target.ts'

/** What every target stands on. */
export type Ground = {
  readonly folder: string
  readonly network: Network
  readonly reaper: Reaper
  readonly secret: string
  /** A small file system of its own at this folder, if the target may have one. */
  readonly mountVolume: (path: string) => boolean
  /** Ends the rest: whatever the target itself has not ended before. */
  readonly clear: () => Promise<void>
}

/** How long another target in the same folder may take to end (ms). */
const CLAIM_LIMIT_MS = 15_000
/** For HS256, at least as long as the hash. */
const SECRET_BYTES = 24

export async function makeGround(shape: string, options: TargetOptions): Promise<Ground> {
  const folder = resolve(options.dataDir ?? (await mkdtemp(join(tmpdir(), `weft-${shape}-`))))
  await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 })
  await claimDataDir(folder, { limitMs: CLAIM_LIMIT_MS })
  const reaper = await Reaper.start()
  if (options.dataDir === undefined) reaper.tell({ t: 'folder', path: folder })
  const secret = options.env?.['WEFT_TOKEN_SECRET'] ?? randomBytes(SECRET_BYTES).toString('hex')
  const mayMount = options.smallDisk ?? options.dataDir === undefined
  const common = {
    folder,
    reaper,
    secret,
    mountVolume: (path: string) => mayMount && mountVolume(path, reaper),
  }
  const wanted = options.network ?? 'auto'
  if (wanted === 'namespaces' || (wanted === 'auto' && mayMakeNamespaces())) {
    const network = await makeNamespaces(reaper)
    return { ...common, network, clear: () => reaper.finish() }
  }
  const { network, stop } = await loopback({ proxied: wanted !== 'plain' })
  const clear = async () => {
    await stop()
    await reaper.finish()
  }
  return { ...common, network, clear }
}
