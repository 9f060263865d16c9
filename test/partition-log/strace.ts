import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** @throws if strace isn't there: whether an fsync came before an ack can't be seen without it. */
export function straceBinary(): string {
  const path = process.env.WEFT_STRACE ?? 'strace'
  try {
    execFileSync(path, ['-V'], { stdio: 'ignore' })
  } catch {
    throw new Error(
      'this test needs strace, to see that what is acked was synced to disk: install it (apt-get install strace) ' +
        'or give its path in WEFT_STRACE',
    )
  }
  return path
}

export const openedTrace = (path: string): Promise<string> => readFile(path, 'utf8')

export type Trace = {
  /** The numbers that were acked, in order. */
  readonly acks: readonly number[]
  /** Those of them that were acked while the files held writes that no completed sync covered. */
  readonly unsyncedAcks: readonly number[]
  readonly writes: number
  readonly syncs: number
}

/** Syncs of one thread that were begun: the number of the last write that each covers, if it succeeds. */
type Begun = Map<string, number>

export type Wanted = {
  /** The end of the paths of the files that are looked at (a regular expression). */
  readonly files: string
  /** What an ack looks like among the bytes written, its number in a group. Global. */
  readonly ack: RegExp
}

/** The block files of a stream, and the PubAcks for it. */
export const ofStream = (stream: string): Wanted => ({
  files: `/streams/${stream}/msgs/\\d+\\.blk`,
  ack: new RegExp(`\\{\\\\"stream\\\\":\\\\"${stream}\\\\",\\s*\\\\"seq\\\\":(\\d+)`, 'g'),
})

/**
 * Reads a trace of `strace -f -y`: the writes and syncs of some files, and the acks that were sent. A call that another
 * thread's interrupts is written as two lines; a sync covers the writes that began before it, from when it has returned,
 * and an answer counts from when its call begins.
 */
export function readTrace(text: string, { files, ack }: Wanted): Trace {
  const acks: number[] = []
  const unsyncedAcks: number[] = []
  const begun: Begun = new Map()
  let writes = 0
  let syncs = 0
  let covered = 0
  const synced = (upTo: number) => {
    syncs++
    covered = Math.max(covered, upTo)
  }
  const onFile = new RegExp(`^(\\w+)\\(\\d+<[^>]*${files}>`)
  for (const line of text.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+)\s+[\d.]+\s+(.*)$/.exec(line) ?? []
    if (/^<\.\.\. f(data)?sync resumed>/.test(call)) {
      const upTo = begun.get(thread)
      begun.delete(thread)
      if (upTo !== undefined && call.endsWith('= 0')) synced(upTo)
      continue
    }
    const name = onFile.exec(call)?.[1]
    if (name === 'fsync' || name === 'fdatasync') {
      if (call.includes('<unfinished')) begun.set(thread, writes)
      else if (call.endsWith('= 0')) synced(writes)
    } else if (name !== undefined) writes++
    else {
      for (const [, sequence] of call.matchAll(ack)) {
        acks.push(Number(sequence))
        if (covered < writes) unsyncedAcks.push(Number(sequence))
      }
    }
  }
  return { acks, unsyncedAcks, writes, syncs }
}
