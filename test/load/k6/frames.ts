/** The frames of docs/asyncapi.json that a load client looks at, as far as it looks at them. */
export type Message = {
  readonly kind: 'message'
  readonly channel: string
  readonly seq: number
  readonly from: string
  readonly cid: string
  readonly body: unknown
}
export type Event = Message | { readonly kind: 'read' | 'channel' | 'profile' }

export type ServerFrame =
  | { readonly t: 'welcome'; readonly cursor: string }
  | { readonly t: 'event'; readonly cursor?: string; readonly prev?: string; readonly event: Event }
  | { readonly t: 'synced' | 'reset'; readonly cursor: string }
  | { readonly t: 'ack'; readonly id: number; readonly cid: string }
  | { readonly t: 'error'; readonly id?: number; readonly code: string }
  | { readonly t: 'pong'; readonly id?: number }
  | { readonly t: 'ok' | 'ping' | 'drain' }

/** What the error codes are called in the summary. */
export const ERROR_CODES = [
  'unavailable',
  'rate_limited',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'rejected',
  'too_large',
  'bad_frame',
] as const
/** Close codes that a reconnect doesn't mend: token, ban, replaced by a newer connection. */
export const FATAL_CLOSES: readonly number[] = [4401, 4403, 4409]
/** 1006: cut without a word. */
export const CLOSE_CODES = [1001, 1006, 1013, 4400, 4401, 4403, 4408, 4409, 4413, 4429] as const
