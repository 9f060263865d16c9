/** Undoes what was done. */
export type Heal = () => Promise<void>

/** Where a process runs, as the network sees it. */
export type Place = {
  readonly name: string
  /** Address that it listens on. */
  readonly host: string
  /** A port that is free there; the wish is granted where the place has ports of its own. */
  readonly port: (wish: number) => Promise<number>
  /** The command that runs a command there. */
  readonly wrap: (command: string, args: readonly string[]) => readonly [string, ...string[]]
}

/**
 * What the parts of a target are joined by. Two kinds: network namespaces on a bridge, where root may make them, and
 * TCP proxies on the loopback address elsewhere.
 */
export type Network = {
  readonly kind: 'namespaces' | 'loopback'
  /** How delay and loss are made here. */
  readonly shaping: 'netem' | 'tbf' | 'proxy' | 'none'
  /** Where the tests and load generators themselves are. */
  readonly outside: Place
  readonly place: (name: string) => Promise<Place>
  /** `host:port` under which `from` reaches a port of `to`. */
  readonly way: (from: Place, to: Place, port: number) => Promise<string>
  /** Nothing goes between the two sides, in either direction; connections stand still rather than break. */
  readonly partition: (some: readonly Place[], others: readonly Place[]) => Promise<Heal>
  /** What goes in and out of the place is late. */
  readonly delay: (place: Place) => Promise<Heal>
  /** Some of what goes in and out of the place is lost; TCP repairs it, late. */
  readonly loss: (place: Place) => Promise<Heal>
}
