import type { PageRequest } from '../../../shared/fabric/calls.ts'

/** Which seqs a page of a channel holds; empty if `last` < `first`. */
export function windowOf(
  request: PageRequest,
  head: number,
): { readonly first: number; readonly last: number } {
  const { limit } = request
  if (request.after !== undefined)
    return { first: request.after + 1, last: Math.min(head, request.after + limit) }
  if (request.around !== undefined) {
    const middle = Math.min(Math.max(request.around, 1), Math.max(head, 1))
    const last = Math.min(head, Math.max(1, middle - Math.floor(limit / 2)) + limit - 1)
    return { first: Math.max(1, last - limit + 1), last }
  }
  const last = request.before === undefined ? head : Math.max(0, Math.min(head, request.before - 1))
  return { first: Math.max(1, last - limit + 1), last }
}
