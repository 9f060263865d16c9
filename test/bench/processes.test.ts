import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { descendants, rssOf, usageOf } from './processes.ts'

test('a process is counted with its children, their processor time and memory included', async () => {
  // By its own processor time: how long that takes is the machine's affair.
  const busy =
    'for (let used = 0, x = 0; used < 250_000; ) { for (let i = 0; i < 1e6; i++) x += i; const { user, system } = process.cpuUsage(); used = user + system }; console.log("done"); setInterval(() => {}, 1e6)'
  const parent = spawn(process.execPath, [
    '-e',
    `const c = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(busy)}], { stdio: ["ignore", "inherit", "inherit"] })
     process.on("SIGTERM", () => { c.kill(); process.exit() })`,
  ])
  const exited = once(parent, 'exit')
  try {
    await once(parent.stdout, 'data')
    const { pid = 0 } = parent
    const all = descendants([pid])
    expect(all).toHaveLength(2)
    expect(usageOf([pid]).cpuSeconds).toBeGreaterThan(0.2)
    expect(usageOf([pid]).rssBytes).toBeGreaterThan(rssOf(pid))
  } finally {
    parent.kill('SIGTERM')
    await exited
  }
  expect(rssOf(parent.pid ?? 0)).toBe(0)
})
