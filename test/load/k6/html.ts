import { type Latency, type Report, rounded } from './report.ts'

const STYLE = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent) }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
  .number { text-align: right; font-variant-numeric: tabular-nums }
  .ok { color: #1a7f37 } .failed { color: #d1242f; font-weight: 600 }
  svg { width: 100%; height: 14px } rect.to99 { fill: #8cb4f5 } rect.to50 { fill: #2f6fdb }`

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark)

/** The report as one page that needs nothing else: no script, no font, no address. */
export function htmlOf(report: Report): string {
  const verdict = report.passed ? '<span class="ok">passed</span>' : '<span class="failed">FAILED</span>'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Load: ${escaped(report.scenario)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escaped(report.scenario)}: ${verdict}</h1>
<p>${report.users} users, ${report.seconds} s of load, ${escaped(report.at)}, ${escaped(report.edges.join(', '))}</p>
<h2>Thresholds</h2>
${table(
  ['', 'metric', 'limit', '#found'],
  report.thresholds.map(({ ok, metric, expression, found }) => [
    ok ? '<span class="ok">ok</span>' : '<span class="failed">FAILED</span>',
    escaped(metric),
    escaped(expression),
    found,
  ]),
)}
<h2>Counts</h2>
${table(
  ['what', '#count', '#a second of load', 'metric'],
  report.counts.map(({ what, count, per_second, metric }) => [
    escaped(what),
    String(count),
    rounded(per_second),
    escaped(metric),
  ]),
)}
${byTag('Refused, by code', report.refused)}${byTag('Connections lost, by close code', report.disconnects)}
<h2>Times (ms)</h2>
<p>From when each operation was due. The bar is on a logarithmic scale: dark up to the median, light up to p99.</p>
${table(
  ['what', '#p50', '#p90', '#p99', '#p99.9', '#max', '#count', 'up to p99'],
  report.latencies.map((latency) => [
    escaped(latency.what),
    ...[latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map((ms) => ms.toFixed(1)),
    String(latency.count),
    bar(latency),
  ]),
)}
<h2>Options</h2>
${table(
  ['option', 'value'],
  Object.entries(report.options).map(([name, value]) => [escaped(name), escaped(value)]),
)}
</body>
</html>
`
}

/** Cells are HTML; a head that begins with # is of a column of numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const kind = (column: number) => (head[column]?.startsWith('#') ? ' class="number"' : '')
  const heads = head.map((text, column) => `<th${kind(column)}>${escaped(text.replace('#', ''))}</th>`)
  const lines = rows.map(
    (cells) => `<tr>${cells.map((cell, column) => `<td${kind(column)}>${cell}</td>`).join('')}</tr>`,
  )
  return `<table>\n<tr>${heads.join('')}</tr>\n${lines.join('\n')}\n</table>`
}

function byTag(title: string, found: Readonly<Record<string, number>>): string {
  const rows = Object.entries(found).map(([tag, count]) => [escaped(tag), String(count)])
  return rows.length === 0 ? '' : `<h2>${title}</h2>\n${table(['code', '#count'], rows)}\n`
}

/** Five decades from 0.1 ms up take the width. */
const DECADES = 5
const place = (ms: number): number =>
  Math.round((100 * Math.min(Math.max(Math.log10(Math.max(ms, 0.1)) + 1, 0), DECADES)) / DECADES)

const bar = ({ p50, p99 }: Latency): string =>
  `<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms">` +
  `<rect class="to99" width="${place(p99)}" height="10"/><rect class="to50" width="${place(p50)}" height="10"/></svg>`
