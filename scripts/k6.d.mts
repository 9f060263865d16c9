export function provisionK6(options: {
  cacheDir: string
  go?: string
  say?: (line: string) => void
  env?: NodeJS.ProcessEnv
}): Promise<string>
