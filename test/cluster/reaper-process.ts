import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { ReaperMessage } from './reaper.ts'

/** Runs beside a target, in a session of its own: whatever way the target's process ends, nothing of it is left. */
const groups = new Set<number>()
const commands = new Map<string, readonly [string, ...string[]]>()
const folders = new Set<string>()

process.on('message', (message: ReaperMessage) => {
  if (message.t === 'group') groups.add(message.pid)
  else if (message.t === 'ended') groups.delete(message.pid)
  else if (message.t === 'undo') commands.set(message.key, message.command)
  else folders.add(message.path)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

process.once('disconnect', () => {
  for (const pid of groups) attempt(() => process.kill(-pid, 'SIGKILL'))
  // The newest first: what stands on something else goes before it.
  for (const [command, ...args] of [...commands.values()].reverse())
    attempt(() => execFileSync(command, args, { stdio: 'ignore' }))
  for (const path of folders)
    attempt(() => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
})

/** What is gone already needs no end; the rest must still get theirs. */
function attempt(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (process.env['WEFT_REAPER_LOG'] !== undefined) process.stderr.write(`reaper: ${String(error)}\n`)
  }
}
