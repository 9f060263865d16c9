/** A place in a user's queue, `<epoch>:<n>` on the wire. */
export type Cursor = { readonly epoch: string; readonly n: number }

const SHAPE = /^(.+):(\d{1,15})$/

/** Null if it isn't one. */
export function cursorOf(text: string): Cursor | null {
  const match = SHAPE.exec(text)
  return match?.[1] === undefined ? null : { epoch: match[1], n: Number(match[2]) }
}
