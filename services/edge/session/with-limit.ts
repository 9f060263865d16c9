import { unavailable } from '../../../shared/protocol/errors.ts'

/** What it resolves with. @throws `unavailable`, in these words, if that takes longer than so long (ms) */
export async function withLimit<T>(given: T | Promise<T>, limitMs: number, why: string): Promise<T> {
  if (!(given instanceof Promise)) return given
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(why)), limitMs)
  })
  try {
    return await Promise.race([given, late])
  } finally {
    clearTimeout(timer)
  }
}
