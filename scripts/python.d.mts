export function provisionPython(options: {
  cacheDir: string
  requirements: string
  say?: (line: string) => void
  env?: NodeJS.ProcessEnv
}): Promise<string | undefined>
