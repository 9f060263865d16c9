import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Reaper } from '../reaper.ts'
import type { Fault } from '../target.ts'

/** Holds what a long run writes, and is full at once when told to. */
const VOLUME_BYTES = 2 * 1024 ** 3
const FILLER = 'filler'
const CHUNK = Buffer.alloc(4 * 1024 ** 2)

/** Mounts a small file system of its own at the folder. False where this process may not. */
export function mountVolume(folder: string, reaper: Reaper): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const options = `size=${VOLUME_BYTES},mode=0700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'weft-volume', folder], { stdio: 'ignore' })
  } catch {
    return false
  }
  reaper.tell({ t: 'undo', key: folder, command: ['umount', '-l', folder] })
  return true
}

/** Fills a volume until so many bytes are free. */
export function fillTo(folder: string, freeBytes: number): void {
  const file = openSync(join(folder, FILLER), 'a')
  try {
    for (let left = freeIn(folder) - freeBytes; left > 0; left = freeIn(folder) - freeBytes)
      if (!append(file, CHUNK.subarray(0, Math.min(left, CHUNK.length)))) return
  } finally {
    closeSync(file)
  }
}

/** Fills the volume up, and empties it again; `after` is what an operator has to do then. */
export function diskFull(
  name: string,
  folder: string,
  freeBytes: number,
  after: () => Promise<void> = async () => undefined,
): Fault {
  return {
    name,
    together: false,
    begin: async () => {
      fillTo(folder, freeBytes)
      return {
        detail: `${freeBytes} bytes are free in ${folder}`,
        heal: async () => {
          if (existsSync(join(folder, FILLER))) rmSync(join(folder, FILLER))
          await after()
        },
      }
    },
  }
}

function freeIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** False once there is no room. */
function append(file: number, bytes: Uint8Array): boolean {
  try {
    writeSync(file, bytes)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
