import { Counter, Rate, Trend } from 'k6/metrics'

/** Times in ms. Those of operations count from when they were due, not from when k6 came to them. */
export const times = {
  connect: new Trend('load_connect_ms', true),
  ack: new Trend('load_ack_ms', true),
  delivery: new Trend('load_delivery_ms', true),
  catchUp: new Trend('load_catch_up_ms', true),
  history: new Trend('load_history_ms', true),
  pong: new Trend('load_pong_ms', true),
  /** How late k6 was itself: if this grows, the loading machine is the bottleneck. */
  late: new Trend('load_late_ms', true),
} as const

export const counts = {
  sent: new Counter('load_sent'),
  acked: new Counter('load_acked'),
  /** Messages that came to someone, their sender among them. */
  received: new Counter('load_received'),
  events: new Counter('load_events'),
  pongs: new Counter('load_pongs'),
  historyPages: new Counter('load_history_pages'),
  historyMessages: new Counter('load_history_messages'),
  caughtUp: new Counter('load_caught_up'),
  reconnects: new Counter('load_reconnects'),
  resends: new Counter('load_resends'),
  /** Connections that ended without this client's wish, by close code. */
  disconnects: new Counter('load_disconnects'),
  connectFailures: new Counter('load_connect_failures'),
  refused: new Counter('load_refused'),
  /** The promises: something missing in a chain; something twice; acked and never came back; no answer at all. */
  gaps: new Counter('load_gaps'),
  doubles: new Counter('load_doubles'),
  lost: new Counter('load_lost'),
  unanswered: new Counter('load_unanswered'),
  resets: new Counter('load_resets'),
  usersDone: new Counter('load_users_done'),
} as const

/** 1 for each operation that was refused, 0 for each that was done. */
export const refusedShare = new Rate('load_refused_share')

/** A metric without samples has no value and no threshold: those that should stay 0 are told so. */
export function beginCounts(): void {
  const { gaps, doubles, lost, unanswered, resets, disconnects, connectFailures } = counts
  for (const counter of [gaps, doubles, lost, unanswered, resets, disconnects, connectFailures])
    counter.add(0)
}
