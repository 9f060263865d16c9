import { pino } from 'pino'
import { onTestFinished, vi } from 'vitest'
import { connectFabric, type Fabric, type FabricConfig } from '../../shared/fabric/connection.ts'
import { NO_DIGEST, PackChain } from '../../shared/fabric/pack.ts'
import type { HostOptions } from '../../shared/fabric/partition-log/host.ts'
import { PartitionHost } from '../../shared/fabric/partition-log/host.ts'
import { Marks } from '../../shared/fabric/partition-log/marks.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { Snapshots } from '../../shared/fabric/partition-log/snapshots.ts'
import {
  DEFAULT_TENURE_LIMITS,
  type Leasehold,
  Tenure,
  type TenureLimits,
} from '../../shared/fabric/partition-log/tenure.ts'
import type { PartitionRef } from '../../shared/fabric/registry.ts'
import { ensureFabric, type SetupConfig } from '../../shared/fabric/setup.ts'
import type { WeftError } from '../../shared/protocol/errors.ts'
import { workerIdSchema } from '../../shared/protocol/ids.ts'
import { startTestNats, type TestNats } from '../support/nats.ts'
import { Ledger, valuesOf, type Write } from './ledger.ts'

export const log = pino({ level: process.env.WEFT_LOG ?? 'silent' })
export const setup: SetupConfig = { replicas: 1, partitions: { log: 1, sync: 1 }, streamMaxBytes: -1 }
export const REF: PartitionRef = { region: 'test', kind: 'log', partition: 0 }
export const workerId = (name: string) => workerIdSchema.parse(name)

export async function connect(config: FabricConfig): Promise<Fabric> {
  const fabric = await connectFabric(config, 'test', log)
  onTestFinished(() => fabric.close())
  return fabric
}

/** A nats-server of the test's own with the fabric set up, and a connection to it. */
export async function freshFabric(
  config: Partial<SetupConfig> = {},
): Promise<{ nats: TestNats; fabric: Fabric }> {
  const nats = await startTestNats()
  onTestFinished(() => nats.stop())
  const fabric = await connect(nats.fabric)
  await ensureFabric(fabric, { ...setup, ...config }, log)
  return { nats, fabric }
}

/** A lease that its holder believes in for as long as the test says, whatever others believe. */
export function believedLease(): Leasehold & { readonly end: () => void } {
  let valid = true
  let end = () => {}
  const lost = new Promise<void>((resolve) => {
    end = resolve
  })
  return {
    valid: () => valid,
    lost,
    end: () => {
      valid = false
      end()
    },
  }
}

type OwnerOptions = {
  readonly lease?: Leasehold
  readonly limits?: Partial<TenureLimits>
  readonly ref?: PartitionRef
  readonly machine?: Ledger
  readonly name?: string
  readonly marks?: Marks
  readonly trim?: (snapshotPack: number) => Promise<void>
}

/** An owner that hasn't taken over yet. */
export function makeOwner(fabric: Fabric, options: OwnerOptions = {}) {
  const ref = options.ref ?? REF
  const machine = options.machine ?? new Ledger()
  const lease = options.lease ?? believedLease()
  const tenure = new Tenure<Write>({
    ref,
    stream: new PackStream(fabric, ref),
    snapshots: new Snapshots(fabric, ref),
    marks: options.marks ?? new Marks(fabric, ref, log),
    trim: options.trim ?? (() => Promise.resolve()),
    makeMachine: () => machine,
    lease,
    worker: workerId(options.name ?? 'owner'),
    limits: { ...DEFAULT_TENURE_LIMITS, ...options.limits },
    accepting: () => null,
    log,
  })
  return { tenure, machine, lease }
}

export async function takenOver(fabric: Fabric, options: OwnerOptions = {}) {
  const owner = makeOwner(fabric, options)
  await owner.tenure.takeOver()
  return owner
}

/** Submits a number; settles with what came of it, `'silence'` if the tenure ends without an answer. */
export function write(
  tenure: Tenure<Write>,
  value: number,
  padding = 0,
): Promise<'committed' | 'silence' | WeftError> {
  return Promise.race([
    new Promise<'committed' | WeftError>((done) => tenure.submit({ value, padding, done })),
    tenure.ended.then(() => 'silence' as const),
  ])
}

/** Every number in the log, in order, read from its first pack with the chain checked. */
export async function logged(fabric: Fabric, ref: PartitionRef = REF): Promise<number[]> {
  const stream = new PackStream(fabric, ref)
  const chain = new PackChain(0, NO_DIGEST)
  const values: number[] = []
  const last = (await stream.last())?.sequence ?? 0
  for await (const { sequence, bytes } of stream.read(1, last))
    values.push(...valuesOf(chain.next(sequence, bytes)))
  return values
}

export async function startHost(
  fabric: Fabric,
  name: string,
  partitions: number,
  overrides: Partial<HostOptions<Write>> = {},
): Promise<PartitionHost<Write>> {
  const host = await PartitionHost.start<Write>({
    fabric,
    kind: 'log',
    partitions,
    worker: workerId(name),
    makeMachine: () => new Ledger(),
    log,
    ...overrides,
  })
  onTestFinished(() => host.drain())
  return host
}

export const until = <T>(check: () => T | Promise<T>, timeout = 15_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 20 })

/** Writes through whichever host serves the partition, again and again until it stands. */
export async function writeThrough(
  hosts: readonly PartitionHost<Write>[],
  partition: number,
  value: number,
): Promise<void> {
  await until(async () => {
    const tenure = hosts.map((host) => host.tenure(partition)).find((held) => held !== undefined)
    if (tenure === undefined) throw new Error('nobody serves')
    const outcome = await write(tenure, value)
    if (outcome !== 'committed') throw new Error(String(outcome))
  })
}
