import { type ChannelId, type Cid, trusted, type UserId } from '../../../../../shared/protocol/ids.ts'
import type { Group, LogWrite, SyncWrite } from '../../store.ts'

type RareLogWrite = Exclude<LogWrite, { type: 'message' }>
type RareSyncWrite = Exclude<SyncWrite, { type: 'event' }>

type Columns = {
  /** Every message's or event's JSON, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Each write's numbers, one after the other; the first is its JSON's length, or RARE. */
  readonly numbers: Float64Array<ArrayBuffer>
  /** Ids of channels and users, each once: `numbers` has their places in here. */
  readonly ids: readonly string[]
  readonly cids: readonly Cid[]
}

/**
 * A group as it goes to a thread. Cloning thousands of small objects costs a third of what writing their rows does; a
 * few large arrays cost next to nothing. And a clone of a view would carry all of the buffer behind it.
 */
export type GroupColumns = Omit<Group, 'kind' | 'writes'> &
  Columns &
  (
    | { readonly kind: 'log'; readonly rare: readonly RareLogWrite[] }
    | { readonly kind: 'sync'; readonly rare: readonly RareSyncWrite[] }
  )

const RARE = -1
const MESSAGE_NUMBERS = 6
const EVENT_NUMBERS = 3
const DELIVERY_NUMBERS = 2

/** What is handed over with the columns rather than copied. */
export const buffersOf = ({ bytes, numbers }: Columns): ArrayBuffer[] => [bytes.buffer, numbers.buffer]

export function toColumns(group: Group): GroupColumns {
  const { partition, position } = group
  const filler = new Filler(group.writes)
  if (group.kind === 'log') {
    const rare: RareLogWrite[] = []
    for (const write of group.writes) {
      if (write.type === 'message') filler.message(write)
      else rare.push(filler.rare(write))
    }
    return { kind: 'log', partition, position, rare, ...filler.columns() }
  }
  const rare: RareSyncWrite[] = []
  for (const write of group.writes) {
    if (write.type === 'event') filler.event(write)
    else rare.push(filler.rare(write))
  }
  return { kind: 'sync', partition, position, rare, ...filler.columns() }
}

export function fromColumns(columns: GroupColumns): Group {
  const { partition, position } = columns
  const taker = new Taker(columns)
  if (columns.kind === 'log') {
    const writes: LogWrite[] = []
    for (let rares = 0; !taker.done; ) {
      const jsonBytes = taker.number()
      writes.push(jsonBytes === RARE ? present(columns.rare[rares++]) : taker.message(jsonBytes))
    }
    return { kind: 'log', partition, position, writes }
  }
  const writes: SyncWrite[] = []
  for (let rares = 0; !taker.done; ) {
    const jsonBytes = taker.number()
    writes.push(jsonBytes === RARE ? present(columns.rare[rares++]) : taker.event(jsonBytes))
  }
  return { kind: 'sync', partition, position, writes }
}

class Filler {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #numbers: Float64Array<ArrayBuffer>
  readonly #places = new Map<string, number>()
  readonly #cids: Cid[] = []
  #byte = 0
  #number = 0

  constructor(writes: readonly (LogWrite | SyncWrite)[]) {
    let bytes = 0
    let numbers = 0
    for (const write of writes) {
      if ('json' in write) bytes += write.json.length
      if (write.type === 'message') numbers += MESSAGE_NUMBERS
      else if (write.type === 'event') numbers += EVENT_NUMBERS + DELIVERY_NUMBERS * write.deliveries.length
      else numbers += 1
    }
    this.#bytes = new Uint8Array(bytes)
    this.#numbers = new Float64Array(numbers)
  }

  message({ json, at, rev, seq, channel, from, cid }: Extract<LogWrite, { type: 'message' }>): void {
    this.#json(json)
    this.#put(at)
    this.#put(rev)
    this.#put(seq)
    this.#put(this.#place(channel))
    this.#put(this.#place(from))
    this.#cids.push(cid)
  }

  event({ json, at, deliveries }: Extract<SyncWrite, { type: 'event' }>): void {
    this.#json(json)
    this.#put(at)
    this.#put(deliveries.length)
    for (const { user, n } of deliveries) {
      this.#put(this.#place(user))
      this.#put(n)
    }
  }

  /** Keeps the write's place among the others; the write itself is given back. */
  rare<Write>(write: Write): Write {
    this.#put(RARE)
    return write
  }

  columns(): Columns {
    return { bytes: this.#bytes, numbers: this.#numbers, ids: [...this.#places.keys()], cids: this.#cids }
  }

  #json(json: Uint8Array): void {
    this.#put(json.length)
    this.#bytes.set(json, this.#byte)
    this.#byte += json.length
  }

  #put(value: number): void {
    this.#numbers[this.#number++] = value
  }

  #place(id: string): number {
    const known = this.#places.get(id)
    if (known !== undefined) return known
    const place = this.#places.size
    this.#places.set(id, place)
    return place
  }
}

class Taker {
  readonly #columns: Columns
  #byte = 0
  #number = 0
  #cid = 0

  constructor(columns: Columns) {
    this.#columns = columns
  }

  get done(): boolean {
    return this.#number >= this.#columns.numbers.length
  }

  number(): number {
    return present(this.#columns.numbers[this.#number++])
  }

  message(jsonBytes: number): LogWrite {
    const json = this.#json(jsonBytes)
    const at = this.number()
    const rev = this.number()
    const seq = this.number()
    const channel = trusted<ChannelId>(this.#id())
    const from = trusted<UserId>(this.#id())
    const cid = present(this.#columns.cids[this.#cid++])
    return { type: 'message', channel, rev, seq, from, cid, at, json }
  }

  event(jsonBytes: number): SyncWrite {
    const json = this.#json(jsonBytes)
    const at = this.number()
    const deliveries = Array.from({ length: this.number() }, () => ({
      user: trusted<UserId>(this.#id()),
      n: this.number(),
    }))
    return { type: 'event', at, json, deliveries }
  }

  #json(length: number): Uint8Array {
    const start = this.#byte
    this.#byte += length
    return this.#columns.bytes.subarray(start, this.#byte)
  }

  #id(): string {
    return present(this.#columns.ids[this.number()])
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('a group ends too early')
  return value
}
