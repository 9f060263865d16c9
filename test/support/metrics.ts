const ANSWER_MS = 10_000

/** The numbers of a fabric's operators' ports, by `name{labels}`. */
export type Metrics = ReadonlyMap<string, number>

/** Of several processes: the same metric is added up. */
export async function readMetrics(ops: readonly string[]): Promise<Metrics> {
  const all = new Map<string, number>()
  for (const url of ops) {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
    for (const [name, value] of parseMetrics(await response.text()))
      all.set(name, (all.get(name) ?? 0) + value)
  }
  return all
}

/** Prometheus's text format. */
export function parseMetrics(text: string): Metrics {
  const found = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.lastIndexOf(' ')
    found.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return found
}

/** The sum over all label sets of a metric that hold every one of these labels. */
export function total(metrics: Metrics, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  let sum = 0
  for (const [key, value] of metrics) {
    const [found, rest = ''] = key.split('{', 2)
    if (found === name && wanted.every((label) => rest.includes(label))) sum += value
  }
  return sum
}

/** What was added between two readings. */
export const grown = (
  before: Metrics,
  after: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number => total(after, name, labels) - total(before, name, labels)
