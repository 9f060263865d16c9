import type { StopReason } from './types.ts'

/** What a client does after its connection was closed. */
export interface CloseRule {
  readonly why: string
  /** Set: no reconnection; the client stops for this reason. */
  readonly fatal?: StopReason
  /** The token is refreshed before the next attempt. */
  readonly refresh?: true
  /** The next attempt comes no earlier than this. */
  readonly minDelayMs?: number
}

/** Every close code that means something to a client. All others are a lost connection: back off, resume from the cursor. */
export const CLOSE_RULES: Readonly<Record<number, CloseRule>> = {
  1001: { why: 'this edge is leaving; another takes over from the cursor' },
  1013: { why: 'this client reads too slowly, or the edge is full; resume later', minDelayMs: 1_000 },
  4400: { why: 'too many frames that the server could not read', minDelayMs: 1_000 },
  4401: { why: 'the token is missing, expired or revoked, or hello came too late', refresh: true },
  // Asking again can't change an operator's mind, and would be noise.
  4403: { why: 'this user is banned', fatal: 'banned' },
  4408: { why: 'nothing was heard from this client for two heartbeats' },
  // Two sessions of one device that both reconnected would replace each other for ever.
  4409: { why: 'a newer session of this device took over', fatal: 'replaced' },
  4413: { why: 'a frame was larger than 64 KiB', minDelayMs: 1_000 },
  4429: { why: 'too much in too short a time', minDelayMs: 2_000 },
}

const LOST: CloseRule = { why: 'the connection was lost' }

export const closeRule = (code: number): CloseRule => CLOSE_RULES[code] ?? LOST
