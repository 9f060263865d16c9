/** Ids hash to 1,024 fixed slots; a table maps slots to partitions, so that a partition count can change by moving slots. */
export const SLOTS = 1024

/** FNV-1a with murmur3's finaliser: ids are short ASCII, and neighbouring ids must not share a partition. */
export function hash32(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export const slotOf = (id: string): number => hash32(id) % SLOTS

/** Which partition holds each slot; index = slot. */
export type SlotTable = Uint16Array

export const evenSlots = (partitions: number): SlotTable =>
  Uint16Array.from({ length: SLOTS }, (_, slot) => slot % partitions)

export const partitionOf = (table: SlotTable, id: string): number => table[slotOf(id)] ?? 0
