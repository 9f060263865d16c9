import { trusted, type UserId } from '../../../shared/protocol/ids.ts'

/** `rev`: of the record by which; it tells which pin is newer. Time: ms since 1970. */
export type Pin = { readonly by: UserId; readonly at: number; readonly rev: number }
export type PinTuple = readonly [seq: number, by: string, at: number, rev: number]

/** A channel's pinned messages by their seqs, in the order in which they were pinned. */
export class Pins extends Map<number, Pin> {
  static from(tuples: readonly PinTuple[]): Pins {
    const pins = new Pins()
    for (const [seq, by, at, rev] of tuples) pins.set(seq, { by: trusted<UserId>(by), at, rev })
    return pins
  }

  /** The newest first, of those before `before` (a rev). */
  page(before: number | null, limit: number) {
    const rest = Array.from(this, ([seq, pin]) => ({ seq, ...pin }))
      .filter(({ rev }) => before === null || rev < before)
      .reverse()
    return { pins: rest.slice(0, limit), more: rest.length > limit }
  }

  /** Of the messages `first`…`last`. */
  among(first: number, last: number): number[] {
    return [...this.keys()].filter((seq) => seq >= first && seq <= last)
  }

  toTuples(): PinTuple[] {
    return Array.from(this, ([seq, { by, at, rev }]) => [seq, by, at, rev] as const)
  }
}
