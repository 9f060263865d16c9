import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { MARK, type ReaperMessage } from './reaper.ts'

/** A process that was being started when the target's own was killed shows its mark a moment later. */
const LOOKS = 10
const LOOK_MS = 50
const marked = `${MARK}=${process.argv[2]}\0`

/** Runs beside a target, in a session of its own: whatever way the target's process ends, nothing of it is left. */
const groups = new Set<number>()
const commands = new Map<string, readonly [string, ...string[]]>()
const folders = new Set<string>()
let isFinished = false

process.on('message', (message: ReaperMessage) => {
  if (message.t === 'group') groups.add(message.pid)
  else if (message.t === 'ended') groups.delete(message.pid)
  else if (message.t === 'undo') commands.set(message.key, message.command)
  else if (message.t === 'folder') folders.add(message.path)
  else isFinished = true
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

process.once('disconnect', () => void reap())

async function reap(): Promise<void> {
  for (const pid of groups) attempt(() => process.kill(-pid, 'SIGKILL'))
  for (let looks = isFinished ? 1 : LOOKS; looks > 0; looks--) {
    for (const pid of markedProcesses()) attempt(() => process.kill(pid, 'SIGKILL'))
    if (looks > 1) await pause(LOOK_MS)
  }
  // The newest first: what stands on something else goes before it.
  for (const [command, ...args] of [...commands.values()].reverse())
    attempt(() => execFileSync(command, args, { stdio: 'ignore' }))
  for (const path of folders)
    attempt(() => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
}

/** Of the target, whether or not it was said that they were started: there is a moment between the two. */
function markedProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && environOf(name).includes(marked))
    .map(Number)
}

function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return '' // ended meanwhile, or another user's
  }
}

/** What is gone already needs no end; the rest must still get theirs. */
function attempt(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (process.env['WEFT_REAPER_LOG'] !== undefined) process.stderr.write(`reaper: ${String(error)}\n`)
  }
}
