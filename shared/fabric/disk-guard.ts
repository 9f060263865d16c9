import { statfsSync } from 'node:fs'
import type { Log } from '../log/log.ts'
import { gauge } from '../metrics/metrics.ts'

const LOOK_MS = 1_000
const free = gauge('weft_disk_free_bytes', 'Bytes free where the fabric keeps its data')

export type DiskGuard = { readonly accepting: () => string | null; readonly stop: () => void }

/**
 * Says no before the disk is full: a log that can't be written in the middle of a commit helps nobody, and what drains
 * and trims it needs room too. Accepts again by itself once there is more than the reserve.
 */
export function guardDisk(path: string, reserveBytes: number, log: Log): DiskGuard {
  let full = false
  const look = () => {
    const { bavail, bsize } = statfsSync(path)
    const freeBytes = bavail * bsize
    free.set(freeBytes)
    const isFull = freeBytes < reserveBytes
    if (isFull !== full) {
      if (isFull)
        log.error(
          { path, freeBytes, reserveBytes },
          'the disk is nearly full: sends are refused until there is room',
        )
      else log.info({ path, freeBytes }, 'there is room on the disk again: sends are accepted')
    }
    full = isFull
  }
  look()
  const timer = setInterval(() => {
    try {
      look()
    } catch (error) {
      log.warn({ err: error, path }, 'could not look at the disk')
    }
  }, LOOK_MS)
  return { accepting: () => (full ? 'the disk is nearly full' : null), stop: () => clearInterval(timer) }
}
