type Entry = { readonly version?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
type Lock = { readonly packages: Readonly<Record<string, Entry>> }
export function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined
export function completeLock(lock: Lock): { lock: Lock; added: string[] }
