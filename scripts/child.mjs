import { spawn } from 'node:child_process'

/** Signals closer together than this are one: a terminal and npm both send Ctrl-C. */
const SAME_SIGNAL_MS = 1_000

/**
 * Runs a program until it ends, and resolves to how: `code` for this process to end with, and the `signal` that killed
 * the program, if one did. The program stays in this process group, so that kill -9 of the group takes everything at
 * once; what a terminal sends to the whole group reaches it twice, which it has to bear. If this process dies alone,
 * guard.mjs ends the program.
 */
export function runChild(command, args, { cwd, env }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...env, WEFT_STARTER: String(process.pid) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let lastAt = -Infinity
  const pass = (signal) => {
    const now = performance.now()
    if (now - lastAt < SAME_SIGNAL_MS) return
    lastAt = now
    child.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => pass(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => done({ code: code ?? (signal === null ? 1 : 130), signal }))
  })
}
