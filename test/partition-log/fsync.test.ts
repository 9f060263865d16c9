import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import { natsBinary, startTestNats } from '../support/nats.ts'
import { ofStream, openedTrace, readTrace, straceBinary, type Trace } from './strace.ts'
import { connect, log, setup, takenOver, until, write } from './support.ts'

const STREAM = 'LOG-test-0'
/** Of write calls: enough for a PubAck. */
const SHOWN_BYTES = 2_000
const CALLS = 'fsync,fdatasync,pwrite64,write,writev,sendto'

/** A fabric on a nats-server whose writes, syncs and answers are recorded by strace. */
async function traced(syncInterval?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'weft-strace-'))
  const out = join(folder, 'trace')
  const wrapper = join(folder, 'nats-server')
  // -D: the server keeps its place as our child, so that signals reach it and not strace.
  await writeFile(
    wrapper,
    `#!/bin/sh\nexec "${straceBinary()}" -D -f -y -ttt -s ${SHOWN_BYTES} -e trace=${CALLS} -o "${out}" "${natsBinary()}" "$@"\n`,
  )
  await chmod(wrapper, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const nats = await startTestNats({
    binary: wrapper,
    ...(syncInterval === undefined ? {} : { syncInterval }),
  })
  onTestFinished(() => nats.stop())
  const fabric = await connect(nats.fabric)
  await ensureFabric(fabric, setup, log)
  return {
    fabric,
    /** What the server did with the stream, once it is stopped and strace has written everything. */
    finished: async (): Promise<Trace> => {
      await fabric.close()
      await nats.server().stop()
      await until(async () => expect(await openedTrace(out)).toMatch(/\+\+\+ exited/))
      return readTrace(await openedTrace(out), ofStream(STREAM))
    },
  }
}

async function commitOneByOne(syncInterval?: string): Promise<Trace> {
  const { fabric, finished } = await traced(syncInterval)
  const { tenure } = await takenOver(fabric)
  for (let value = 0; value < 20; value++) expect(await write(tenure, value, 100)).toBe('committed')
  await tenure.drain()
  return finished()
}

test('before each PubAck, what it stands for was synced to disk', async () => {
  const trace = await commitOneByOne()
  // The take-over pack and 20 more.
  expect(trace.acks).toEqual(Array.from({ length: 21 }, (_, i) => i + 1))
  expect(trace.writes).toBeGreaterThanOrEqual(21)
  expect(trace.unsyncedAcks).toEqual([])
})

test('a server that syncs every two minutes would be caught', async () => {
  const trace = await commitOneByOne('2m')
  expect(trace.acks).toHaveLength(21)
  expect(trace.unsyncedAcks.length).toBeGreaterThan(15)
})

test('a thousand records in flight cost a handful of syncs', async () => {
  const { fabric, finished } = await traced()
  const { tenure } = await takenOver(fabric)
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, i) => write(tenure, i)))
  expect(new Set(outcomes)).toEqual(new Set(['committed']))
  await tenure.drain()
  const trace = await finished()
  expect(trace.unsyncedAcks).toEqual([])
  expect(trace.syncs).toBeGreaterThanOrEqual(2)
  expect(trace.syncs).toBeLessThanOrEqual(8)
})

/** Ten writes to the store, each said on stdout once it is done. */
async function storeTrace(how: 'store' | 'unsynced'): Promise<Trace> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-strace-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const out = join(folder, 'trace')
  const strace = ['-f', '-y', '-ttt', '-s', String(SHOWN_BYTES), '-e', `trace=${CALLS}`, '-o', out]
  const program = [process.execPath, 'test/partition-log/store-process.ts', join(folder, 'weft.db'), how]
  await promisify(execFile)(straceBinary(), [...strace, ...program])
  return readTrace(await openedTrace(out), { files: '/weft\\.db-wal', ack: /"STORED (\d+)/g })
}

test('what the store says it has written was synced to disk; one with synchronous=OFF would be caught', async () => {
  const trace = await storeTrace('store')
  expect(trace.acks).toHaveLength(10)
  expect(trace.writes).toBeGreaterThanOrEqual(10)
  expect(trace.unsyncedAcks).toEqual([])
  expect((await storeTrace('unsynced')).unsyncedAcks).toHaveLength(10)
})
