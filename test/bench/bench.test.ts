import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/weft.ts'

test('a short run: everything acked and delivered, nothing at fault, all rows in the JSON', async () => {
  const folder = await temporaryFolder('bench')
  try {
    const json = join(folder.path, 'bench.json')
    // Other tests run beside it: a core of its own is not to be had.
    const options = [
      '--unpinned',
      '--runs=1',
      '--seconds=1.5',
      '--warmup=0.2',
      '--scale=0.1',
      `--json=${json}`,
    ]
    const program = ['--disable-warning=ExperimentalWarning', 'test/bench/main.ts', 'one-to-one', 'latency']
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...options])
    expect(stdout).toContain('acked and delivered')
    const report = JSON.parse(await readFile(json, 'utf8')) as {
      machine: object
      rows: { name: string; faults: string[]; figures: Record<string, { median: number; unit: string }> }[]
    }
    expect(report.machine).toHaveProperty('pinned')
    expect(report.rows.map(({ name, faults }) => [name, faults])).toEqual([
      ['one-to-one', []],
      ['latency', []],
    ])
    const [oneToOne, latency] = report.rows
    expect(oneToOne?.figures['acked and delivered']?.median).toBeGreaterThan(0)
    expect(oneToOne?.figures['log commits']?.median).toBeGreaterThan(0)
    expect(latency?.figures['ack p99']?.median).toBeGreaterThan(0)
    expect(latency?.figures['end to end p50']?.unit).toBe('ms')
  } finally {
    await folder.remove()
  }
})
