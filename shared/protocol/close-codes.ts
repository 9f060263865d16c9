/** WebSocket close codes, each with why it is sent and whether the client may connect again with what it holds. */
export const CLOSE = {
  LEAVING: { code: 1001, reason: 'leaving', reconnect: true },
  TRY_AGAIN_LATER: { code: 1013, reason: 'try again later', reconnect: true },
  TOO_MANY_BAD_FRAMES: { code: 4400, reason: 'too many bad frames', reconnect: true },
  UNAUTHENTICATED: { code: 4401, reason: 'not authenticated', reconnect: true },
  BANNED: { code: 4403, reason: 'banned', reconnect: false },
  HEARTBEAT_MISSED: { code: 4408, reason: 'heartbeat missed', reconnect: true },
  REPLACED: { code: 4409, reason: 'replaced by a newer session of this device', reconnect: false },
  FRAME_TOO_LARGE: { code: 4413, reason: 'frame too large', reconnect: true },
  RATE_LIMITED: { code: 4429, reason: 'rate limited', reconnect: true },
} as const
export type CloseReason = keyof typeof CLOSE

/** What a client sees where the edge cuts a connection without a close frame: it may connect again from its cursor. */
export const CUT = {
  code: 1006,
  reason: 'cut: a text frame was not UTF-8, a frame had more than 16 MiB, or the network went',
  reconnect: true,
} as const
