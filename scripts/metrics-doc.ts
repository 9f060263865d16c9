// The services declare their metrics where they use them: importing all of them brings all metrics.
import '../services/chat/service.ts'
import '../services/edge/service.ts'
import '../services/presence/service.ts'
import '../services/storage/service.ts'
import '../services/sync/service.ts'
import '../shared/fabric/connection.ts'
import '../shared/fabric/disk-guard.ts'
import { declared } from '../shared/metrics/metrics.ts'

/** Every metric that is declared in code. */
export function metricsDoc(): string {
  const rows = [...declared.values()]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(
      ({ name, kind, labelNames, help }) =>
        `| \`${name}\` | ${kind} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`,
    )
  return [
    '# Metrics',
    '',
    'Served at `/metrics` of each process’s operators’ port, made from the code by `npm run docs`. Process metrics of',
    'prom-client come with them, as `weft_process_…` and `weft_nodejs_…`.',
    '',
    '| metric | kind | labels | what |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
