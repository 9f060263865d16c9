/** One of the two users of a direct channel wants no messages there (`on`), or wants them again. Who: the record's `by`. */
export type BlockChange = { readonly op: 'blocked'; readonly on: boolean }
