import { counter, gauge, histogram } from '../../shared/metrics/metrics.ts'

export const metrics = {
  connections: gauge('weft_edge_connections', 'WebSocket connections that are open'),
  sessions: gauge('weft_edge_sessions', 'Connections that have said hello'),
  refused: counter(
    'weft_edge_refused_connections_total',
    'Connections refused because the edge is full or leaving',
  ),
  closes: counter('weft_edge_closes_total', 'Connections closed by the edge', ['code']),
  frames: counter('weft_edge_frames_total', 'Frames received', ['t']),
  badFrames: counter('weft_edge_bad_frames_total', 'Frames that were refused as bad'),
  sends: counter('weft_edge_sends_total', 'Sends by how they were answered', ['outcome']),
  sendsInFlight: gauge('weft_edge_sends_in_flight', 'Sends that wait for their answer'),
  batchesLost: counter(
    'weft_edge_batches_lost_total',
    'Times that sends were lost on their way to an owner, and all behind them refused',
  ),
  ackSeconds: histogram('weft_edge_ack_seconds', 'Time from a send to its ack'),
  eventsOut: counter('weft_edge_events_total', 'Events sent to clients', ['way']),
  typing: counter('weft_edge_typing_total', 'Signs of typing, by what became of them', ['outcome']),
  watches: gauge('weft_edge_watches', 'Users whom sessions of this edge watch'),
  catchUps: counter('weft_edge_catch_ups_total', 'Times that a session caught up', ['why']),
  catchUpsInFlight: gauge('weft_edge_catch_ups_in_flight', 'Sessions that are catching up'),
  resets: counter('weft_edge_resets_total', 'Sessions told to take a snapshot', ['reason']),
  gaps: counter('weft_edge_gaps_total', 'Times that messages of an owner were found missing', ['why']),
  requests: counter('weft_edge_http_requests_total', 'HTTP requests by operation and status', [
    'operation',
    'status',
  ]),
} as const
