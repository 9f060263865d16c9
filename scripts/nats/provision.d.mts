/** A name, and what puts a nats-server into a folder and answers its path. */
export type Way = readonly [name: string, get: (folder: string) => Promise<string>]
export function provisionNatsServer(options: {
  cacheDir: string
  ways?: readonly Way[]
  path?: string
  say?: (line: string) => void
  env?: NodeJS.ProcessEnv
}): Promise<string>
