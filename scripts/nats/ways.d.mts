type Sums = Readonly<Record<string, string>>
export function fromPath(path?: string): Promise<string>
export function fromRelease(
  folder: string,
  release?: { version: string; base: string; sha256: Sums },
): Promise<string>
export function fromWheel(
  folder: string,
  wheel?: { name: string; version: string; sha256: Sums },
  pips?: readonly (readonly string[])[],
): Promise<string>
export function fromGo(
  folder: string,
  go?: { module: string; version: string },
  command?: string,
): Promise<string>
