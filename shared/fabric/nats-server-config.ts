import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type NatsCredentials = { readonly user: string; readonly pass: string }

const PASSWORD_BYTES = 24

type ConfigInput = NatsCredentials & {
  readonly dataDir: string
  readonly pidPath: string
  readonly port?: number
  readonly maxFileStoreBytes?: number
  readonly monitor?: boolean
  readonly syncInterval?: string
}

/** The text of the embedded server's configuration. It holds the password, so it belongs in a 0600 file. */
export function natsConfig(input: ConfigInput): string {
  const quoted = JSON.stringify
  const lines = [
    'server_name: weft-embedded',
    `listen: "127.0.0.1:${input.port ?? -1}"`,
    ...(input.monitor === true ? ['http: "127.0.0.1:-1"'] : []),
    `pid_file: ${quoted(input.pidPath)}`,
    'max_payload: 1MB',
    'jetstream {',
    `  store_dir: ${quoted(join(input.dataDir, 'jetstream'))}`,
    // An acked write is on disk: the default syncs every two minutes.
    `  sync_interval: ${input.syncInterval ?? 'always'}`,
    ...(input.maxFileStoreBytes === undefined ? [] : [`  max_file_store: ${input.maxFileStoreBytes}`]),
    '}',
    `authorization { user: ${quoted(input.user)}, password: ${quoted(input.pass)} }`,
  ]
  return `${lines.join('\n')}\n`
}

/** The folder's credentials, generated at its first use and kept in a 0600 file. */
export async function loadCredentials(dataDir: string): Promise<NatsCredentials> {
  const path = join(dataDir, 'nats-credentials.json')
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  // A crash can leave the file empty; nothing else knows the password, so a new one does no harm.
  const known = kept === undefined ? undefined : parseCredentials(kept)
  if (known !== undefined) return known
  const made = { user: 'weft', pass: randomBytes(PASSWORD_BYTES).toString('hex') }
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify(made)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return made
}

function parseCredentials(text: string): NatsCredentials | undefined {
  if (text.trim() === '') return undefined
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  if (!('user' in value) || !('pass' in value)) return undefined
  if (typeof value.user !== 'string' || typeof value.pass !== 'string') return undefined
  return { user: value.user, pass: value.pass }
}
