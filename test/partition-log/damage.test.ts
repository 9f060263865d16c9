import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Fabric } from '../../shared/fabric/connection.ts'
import { digestOf, encodePack, LogDamage, NO_DIGEST } from '../../shared/fabric/pack.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { registry } from '../../shared/metrics/metrics.ts'
import { connect, freshFabric, log, makeOwner, REF, startHost, takenOver, until, write } from './support.ts'

const record = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Three packs of one history, written as an owner would. */
function history(text = 0): Uint8Array[] {
  const packs: Uint8Array[] = []
  for (let number = 1; number <= 3; number++) {
    const previous = packs.at(-1)
    packs.push(
      encodePack({
        kind: 'records',
        lineage: 5,
        number,
        previous: previous === undefined ? NO_DIGEST : digestOf(previous),
        term: 1,
        at: number,
        meta: new Uint8Array(),
        records: [record(text + number)],
      }),
    )
  }
  return packs
}

async function append(fabric: Fabric, packs: readonly (Uint8Array | undefined)[]): Promise<void> {
  const stream = new PackStream(fabric, REF)
  for (const [index, bytes] of packs.entries())
    expect(await stream.publish(bytes ?? new Uint8Array(), index, 2_000)).toEqual({ kind: 'written' })
}

const flipped = (bytes: Uint8Array | undefined): Uint8Array => {
  const copy = Buffer.from(bytes ?? [])
  copy.writeUInt8(copy.readUInt8(40) ^ 1, 40)
  return copy
}

const [one, two, three] = history()
const other = history(10)
const streams: [string, (Uint8Array | undefined)[], RegExp][] = [
  ['a hole', [one, three], /pack 3 stands where 2 belongs/],
  ['a swap', [one, three, two], /pack 3 stands where 2 belongs/],
  ['a flipped bit', [one, flipped(two), three], /does not match its own digest/],
  ['a flipped bit in the newest', [one, two, flipped(three)], /does not match its own digest/],
  ['a pack of another history', [one, two, other[2]], /its chain is broken/],
  ['something that is no pack', [one, Buffer.from('hello, this is no pack at all')], /digest/],
]
test.each(streams)('%s is noticed at take-over, and nothing is served', async (_what, packs, why) => {
  const { fabric } = await freshFabric()
  await append(fabric, packs)
  const { tenure, machine } = makeOwner(fabric)
  const failure = await tenure.takeOver().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(LogDamage)
  expect(String(failure)).toMatch(why)
  expect(machine.info).toBeUndefined()
  expect((await new PackStream(fabric, REF).last())?.sequence, 'nothing was written on top').toBe(
    packs.length,
  )
})

async function gaugeOf(partition: number): Promise<number | undefined> {
  const metric = await registry.getSingleMetric('weft_log_damaged')?.get()
  return metric?.values.find(({ labels }) => labels.partition === partition)?.value
}

test('bits flipped in the block file on disk: an alarm that names the repair, a metric, and no service', async () => {
  const { nats, fabric } = await freshFabric({ partitions: { log: 2, sync: 1 } })
  const ref = { ...REF, partition: 1 }
  const { tenure } = await takenOver(fabric, { ref })
  for (let value = 0; value < 20; value++) expect(await write(tenure, value, 100)).toBe('committed')
  await fabric.close()
  await nats.server().stop()
  await damageBlock(join(nats.dataDir, 'jetstream', 'jetstream', '$G', 'streams', 'LOG-test-1', 'msgs'))
  await nats.restart()

  const again = await connect(nats.fabric)
  const alarm = vi.fn()
  const quiet = log.child({})
  quiet.error = alarm
  const host = await startHost(again, 'reader', 2, { log: quiet })
  await until(async () => expect(await gaugeOf(1)).toBe(1))
  expect(alarm.mock.calls.map((call) => String(call[1])).join()).toMatch(/ALARM: .*let it resync/)
  await until(() => expect(host.tenure(0)).toBeDefined())
  expect(host.tenure(1)).toBeUndefined()
})

/** Flips a bit in the middle of the stream's messages. */
async function damageBlock(folder: string): Promise<void> {
  const block = (await readdir(folder)).find((name) => name.endsWith('.blk'))
  if (block === undefined) throw new Error('the stream has no block file')
  const bytes = await readFile(join(folder, block))
  const at = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at)
  await writeFile(join(folder, block), bytes)
}
