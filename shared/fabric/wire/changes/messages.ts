/**
 * What changes a message. An edit's body stands in the record's event, sealed; `emoji` and who reacted are metadata, as
 * who wrote is.
 */
export type MessageChange =
  | { readonly op: 'edited'; readonly seq: number }
  | { readonly op: 'deleted'; readonly seq: number }
  | { readonly op: 'reaction'; readonly seq: number; readonly emoji: string; readonly on: boolean }
