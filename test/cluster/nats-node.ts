import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './network/network.ts'

export type NatsCredentials = { readonly user: string; readonly pass: string }

export type NatsNode = {
  readonly name: string
  readonly place: Place
  readonly clientPort: number
  readonly routePort: number
  /** Of `/healthz` and `/jsz`. */
  readonly monitorUrl: string
  readonly folder: string
  readonly configPath: string
}

type NodeConfig = NatsCredentials & {
  readonly node: NatsNode
  readonly monitorPort: number
  /** `host:port` of the others, as this one reaches them. */
  readonly routes: readonly string[]
  /** False where others reach it through a proxy of their own only, which gossip would lead them around. */
  readonly gossip: boolean
}

/** Where no server listens: an address that gossip may spread without harm. */
const NOWHERE = '127.0.0.1:1'

/** Folder of a stream's files on a node. */
export const streamFolder = (node: NatsNode, stream: string): string =>
  join(node.folder, 'jetstream', 'jetstream', '$G', 'streams', stream)

/** Writes the configuration of one of three. */
export function writeNodeConfig({ node, monitorPort, routes, gossip, user, pass }: NodeConfig): void {
  const quoted = JSON.stringify
  const account = `user: ${quoted(user)}, password: ${quoted(pass)}`
  const lines = [
    `server_name: ${quoted(node.name)}`,
    `listen: ${quoted(`${node.place.host}:${node.clientPort}`)}`,
    `http: ${quoted(`${node.place.host}:${monitorPort}`)}`,
    'max_payload: 1MB',
    'jetstream {',
    `  store_dir: ${quoted(join(node.folder, 'jetstream'))}`,
    // An acked write is on disk: the default syncs every two minutes.
    '  sync_interval: always',
    '}',
    'cluster {',
    '  name: weft',
    `  listen: ${quoted(`${node.place.host}:${node.routePort}`)}`,
    `  authorization { ${account} }`,
    `  routes: [${routes.map((at) => quoted(`nats-route://${user}:${pass}@${at}`)).join(', ')}]`,
    ...(gossip ? [] : ['  no_advertise: true', `  cluster_advertise: ${quoted(NOWHERE)}`]),
    '}',
    `authorization { ${account} }`,
  ]
  mkdirSync(node.folder, { recursive: true, mode: 0o700 })
  writeFileSync(node.configPath, `${lines.join('\n')}\n`, { mode: 0o600 })
}
