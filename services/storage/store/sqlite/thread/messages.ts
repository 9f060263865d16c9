import type { Group, LogWrite, Store, SyncWrite } from '../../store.ts'

/** What a thread can be asked: the store's own methods, and groups with their bytes in one piece. */
export type Method = Exclude<keyof Store, 'apply' | 'close'>
type CallOf<M extends Method> = { readonly method: M; readonly args: Parameters<Store[M]> }
export type Call = { [M in Method]: CallOf<M> }[Method]

export type ToThread =
  | { readonly t: 'call'; readonly id: number; readonly call: Call }
  | { readonly t: 'apply'; readonly id: number; readonly group: PackedGroup }
  | { readonly t: 'close' }

export type FromThread =
  | { readonly t: 'ready' }
  | { readonly t: 'refused'; readonly why: string }
  | { readonly t: 'done'; readonly id: number; readonly value: unknown }
  | { readonly t: 'failed'; readonly id: number; readonly error: Error }

/** A write whose JSON stands in the group's bytes. */
type Packed<Write> = Write extends { readonly json: Uint8Array }
  ? Omit<Write, 'json'> & { readonly jsonBytes: number }
  : Write
export type PackedGroup = Omit<Group, 'kind' | 'writes'> & {
  /** Every write's JSON, one after the other. */
  readonly bytes: Uint8Array
} & (
    | { readonly kind: 'log'; readonly writes: readonly Packed<LogWrite>[] }
    | { readonly kind: 'sync'; readonly writes: readonly Packed<SyncWrite>[] }
  )

/**
 * A copy of a view over the thread's border would carry all of the buffer behind it, once for each view: so all JSON is
 * copied into one piece, which is handed over.
 */
export function packGroup(group: Group): PackedGroup {
  const { partition, position } = group
  const bytes = new Uint8Array(group.kind === 'log' ? sizeOf(group.writes) : sizeOf(group.writes))
  let at = 0
  const pack = <Write extends { readonly json: Uint8Array }>({ json, ...rest }: Write) => {
    bytes.set(json, at)
    at += json.length
    return { ...rest, jsonBytes: json.length }
  }
  if (group.kind === 'log') {
    const writes = group.writes.map((write) => (write.type === 'message' ? pack(write) : write))
    return { kind: 'log', partition, position, bytes, writes }
  }
  const writes = group.writes.map((write) => (write.type === 'event' ? pack(write) : write))
  return { kind: 'sync', partition, position, bytes, writes }
}

export function unpackGroup(packed: PackedGroup): Group {
  const { partition, position, bytes } = packed
  let at = 0
  const unpack = <Write extends { readonly jsonBytes: number }>({ jsonBytes, ...rest }: Write) => {
    const json = bytes.subarray(at, at + jsonBytes)
    at += jsonBytes
    return { ...rest, json }
  }
  if (packed.kind === 'log') {
    const writes = packed.writes.map((write) => (write.type === 'message' ? unpack(write) : write))
    return { kind: 'log', partition, position, writes }
  }
  const writes = packed.writes.map((write) => (write.type === 'event' ? unpack(write) : write))
  return { kind: 'sync', partition, position, writes }
}

function sizeOf(writes: readonly (LogWrite | SyncWrite)[]): number {
  let size = 0
  for (const write of writes) if ('json' in write) size += write.json.length
  return size
}
