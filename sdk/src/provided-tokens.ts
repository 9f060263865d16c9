import type { Tokens } from './http.ts'
import type { TokenProvider } from './options.ts'

/** A customer's own tokens, asked for one at a time. */
export function providedTokens(provider: TokenProvider): Tokens {
  let current: string | undefined
  let asking: Promise<string> | undefined
  return {
    get(stale) {
      if (current !== undefined && current !== stale) return Promise.resolve(current)
      asking ??= provider(stale === undefined ? {} : { stale })
        .then((token) => {
          current = token
          return token
        })
        .finally(() => {
          asking = undefined
        })
      return asking
    },
  }
}
