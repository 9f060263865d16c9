import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** One registry a process: services that share a process share it too. Names start with `weft_`; labels are never ids. */
export const registry = new Registry()

type Declared = {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labelNames: readonly string[]
}
/** Every metric that the modules loaded so far declare, by name. */
export const declared = new Map<string, Declared>()

let collecting = false
export function collectProcessMetrics(): void {
  if (collecting) return
  collecting = true
  collectDefaultMetrics({ register: registry, prefix: 'weft_' })
}

const once = <T>(name: string, make: () => T, kind: new (...args: never[]) => T): T => {
  const existing = registry.getSingleMetric(name)
  return existing instanceof kind ? existing : make()
}

export const counter = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Counter<L> => {
  declared.set(name, { name, kind: 'counter', help, labelNames })
  return once(
    name,
    () => new Counter<L>({ name, help, labelNames: [...labelNames], registers: [registry] }),
    Counter<L>,
  )
}

export const gauge = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
): Gauge<L> => {
  declared.set(name, { name, kind: 'gauge', help, labelNames })
  return once(
    name,
    () => new Gauge<L>({ name, help, labelNames: [...labelNames], registers: [registry] }),
    Gauge<L>,
  )
}

/** Seconds unless the name says otherwise. */
export const histogram = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  buckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
): Histogram<L> => {
  declared.set(name, { name, kind: 'histogram', help, labelNames })
  return once(
    name,
    () => new Histogram<L>({ name, help, labelNames: [...labelNames], buckets, registers: [registry] }),
    Histogram<L>,
  )
}
