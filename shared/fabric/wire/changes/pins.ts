/** A message is pinned, or no longer; who and when: the record's. A deletion unpins without a record of its own. */
export type PinChange = { readonly op: 'pinned'; readonly seq: number; readonly on: boolean }
