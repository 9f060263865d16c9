import { counter, gauge, histogram } from '../../metrics/metrics.ts'

export const commits = counter('weft_commits_total', 'Commits of partition logs, by how they ended', [
  'kind',
  'outcome',
])
export const commitSeconds = histogram('weft_commit_seconds', 'Time of a commit, from publish to PubAck', [
  'kind',
])
export const packRecords = histogram(
  'weft_pack_records',
  'Records in a pack',
  ['kind'],
  [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
)
export const packBytes = counter('weft_pack_bytes_total', 'Bytes of packs committed', ['kind'])
export const takeOverSeconds = histogram('weft_take_over_seconds', 'Time from a lease to serving', ['kind'])
export const refused = counter(
  'weft_commands_refused_total',
  'Commands refused because a partition was full or away',
  ['kind'],
)
export const snapshotGauge = gauge(
  'weft_snapshot_pack',
  'The pack up to which the newest snapshot is complete',
  ['kind', 'partition'],
)
export const ownedGauge = gauge('weft_partition_owned', '1 while this process serves the partition', [
  'kind',
  'partition',
])
