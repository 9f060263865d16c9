/** A running fabric that faults can be done to. */
export type Target = {
  readonly shape: 'embedded' | 'cluster'
  /** HS256 secret that clients' tokens are signed with. */
  readonly secret: string
  /** Edges by name; all of them, whether or not they are up just now. */
  readonly edges: readonly TargetEdge[]
  /** Operators' ports of all processes that have one: `/metrics`, `/readyz`. */
  readonly ops: readonly string[]
  /** What can be done to it here; names are stable: they are the options of `npm run chaos -- --faults`. */
  readonly faults: readonly Fault[]
  /** Resolves once everything is up, ready, and accepts a send again. Throws after the limit, saying what is missing. */
  whole(limitMs: number): Promise<void>
  stop(): Promise<void>
}

export type TargetEdge = {
  readonly name: string
  /** Of HTTP, without a path. */
  readonly url: string
  /** Of WebSockets, path included. */
  readonly ws: string
}

export type Fault = {
  readonly name: string
  /** May run beside others; false: alone (all processes at once, disk full, block file damaged …). */
  readonly together: boolean
  /**
   * Does it to something chosen by `random` (0 ≤ x < 1, from the run's seed) and says what. How long it lasts is the
   * caller's; it must be healed once.
   */
  readonly begin: (random: () => number) => Promise<BegunFault>
}

export type BegunFault = {
  readonly detail: string
  /** There was nothing to do it to; not to be counted. */
  readonly isVoid?: boolean
  /** Undoes it; resolves once what was done is undone, which is before the target is whole again. */
  readonly heal: () => Promise<void>
}

/** What `startEmbedded` (embedded.ts) and `startCluster` (cluster.ts) take. */
export type TargetOptions = {
  /** Folder for all data and logs; a temporary one, removed at `stop`, if absent. */
  readonly dataDir?: string
  /** Settings for every process of the fabric, on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * What joins the parts. `auto`: namespaces where root may make them, else `proxies`. `plain`: 127.0.0.1 without
   * proxies, and so without faults of the network.
   */
  readonly network?: 'auto' | 'namespaces' | 'proxies' | 'plain'
  /** Whether a data folder may stand on a small disk in memory, to be filled. Where no `dataDir` is given, if absent. */
  readonly smallDisk?: boolean
}
