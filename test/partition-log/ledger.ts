import { Reader, Writer } from '../../shared/codec.ts'
import type { Pack } from '../../shared/fabric/pack.ts'
import type { PackPlan, PartitionMachine, TenureInfo } from '../../shared/fabric/partition-log/machine.ts'
import type { WeftError } from '../../shared/protocol/errors.ts'

const SHARDS = 8

/** Writes a number; `padding` bytes make it as large as a test needs. */
export type Write = {
  readonly value: number
  readonly padding?: number
  readonly done: (outcome: 'committed' | WeftError) => void
}

type Shard = { upTo: number; readonly values: number[] }
type ShardEntry = { shard: number; upTo: number; values: number[] }

const encode = ({ value, padding = 0 }: Write): Uint8Array =>
  new Writer(padding + 8).u32(value).raw(new Uint8Array(padding)).finish()

export const valuesOf = (pack: Pack): number[] =>
  pack.kind === 'records' ? pack.records.map((record) => new Reader(record).u32()) : []

/** The simplest machine: it keeps every number written, in order, in eight lists that are its snapshot's entries. */
export class Ledger implements PartitionMachine<Write> {
  readonly shards: Shard[] = Array.from({ length: SHARDS }, () => ({ upTo: 0, values: [] }))
  releasedUpTo = Number.POSITIVE_INFINITY
  replayed = 0
  ended = false
  info: TenureInfo | undefined

  restore(entry: unknown): void {
    const { shard, upTo, values } = entry as ShardEntry
    this.shards[shard] = { upTo, values: [...values] }
  }

  replay(pack: Pack): void {
    this.replayed++
    for (const value of valuesOf(pack)) {
      const shard = this.#shardOf(value)
      if (pack.number > shard.upTo) shard.values.push(value)
    }
  }

  begin(tenure: TenureInfo): void {
    this.info = tenure
  }

  weigh({ padding = 0 }: Write): number {
    return padding + 4
  }

  plan(command: Write, pack: PackPlan): void {
    this.#shardOf(command.value).values.push(command.value)
    pack.add(encode(command))
    pack.committed(() => command.done('committed'))
  }

  meta(): Uint8Array {
    return new Uint8Array()
  }

  refuse(command: Write, error: WeftError): void {
    command.done(error)
  }

  flush(): void {}

  hasRoom(): boolean {
    return true
  }

  *snapshot(): Generator<ShardEntry> {
    for (const [shard, { values }] of this.shards.entries())
      yield { shard, upTo: this.info?.planned() ?? 0, values: [...values] }
  }

  released(pack: number): boolean {
    return pack <= this.releasedUpTo
  }

  end(): void {
    this.ended = true
  }

  #shardOf(value: number): Shard {
    const shard = this.shards[value % SHARDS]
    if (shard === undefined) throw new RangeError(`no shard for ${value}`)
    return shard
  }
}

export const contents = (ledger: Ledger): number[][] => ledger.shards.map(({ values }) => values)
