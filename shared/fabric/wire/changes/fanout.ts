/**
 * Where a channel's messages go: into every member's queue, or (`read`) to whoever has the channel open, with a mark of the
 * new head for the others. A record of its own decides, so that who receives what follows from the log for ever.
 */
export type Fanout = 'queue' | 'read'
export type FanoutChange = { readonly op: 'fanout'; readonly mode: Fanout }
