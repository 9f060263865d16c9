import { spawn } from 'node:child_process'

/** Signals closer together than this are one: a terminal and npm both send Ctrl-C. */
const SAME_SIGNAL_MS = 500

/**
 * Runs a program until it ends, and resolves to its exit code. It has a process group of its own, so that a signal
 * reaches it once, from here; a second one, later, is passed on too. If this process dies, guard.mjs ends it.
 */
export function runChild(command, args, { cwd, env }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...env, WEFT_STARTER: String(process.pid) },
    detached: true,
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
    child.once('exit', (code, signal) => done(code ?? (signal === null ? 1 : 130)))
  })
}
