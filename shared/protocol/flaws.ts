import { MAX_JSON_DEPTH } from './limits.ts'

/**
 * What is wrong with something that a client sent, whatever its shape is to be, in words that name the field; undefined
 * if nothing is. It is passed on to readers in every language: some run out of stack where a value is nested too deeply,
 * some can't read, or print, a text that isn't Unicode (half of a surrogate pair, which JSON's escapes can say).
 */
export function flawIn(given: object): string | undefined {
  for (const [name, value] of Object.entries(given)) {
    const flaw = name.isWellFormed() ? flawOf(value, MAX_JSON_DEPTH - 1) : NOT_UNICODE
    if (flaw !== undefined) return `${name.toWellFormed()}: ${flaw}`
  }
  return undefined
}

const TOO_DEEP = `is nested more than ${MAX_JSON_DEPTH} deep`
const NOT_UNICODE = 'is not Unicode: it holds half of a surrogate pair'

function flawOf(value: unknown, levels: number): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : NOT_UNICODE
  if (typeof value !== 'object' || value === null) return undefined
  if (levels === 0) return TOO_DEEP
  for (const [key, inner] of Object.entries(value)) {
    const flaw = key.isWellFormed() ? flawOf(inner, levels - 1) : NOT_UNICODE
    if (flaw !== undefined) return flaw
  }
  return undefined
}
