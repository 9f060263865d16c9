import type { PageRequest, PageWindow } from '../../../shared/fabric/calls.ts'

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

/**
 * A page of no more bytes than one message of the fabric may have: what is over falls off at the end that a reader gets
 * to later, and one message always stays.
 */
export function fitWindow(request: PageRequest, page: PageWindow, maxBytes: number): PageWindow {
  const { messages } = page.run
  let bytes = messages.reduce((sum, message) => sum + message.length, 0)
  if (bytes <= maxBytes) return page
  let { from } = page.run
  let { last } = page
  const size = (seq: number) => messages[seq - page.run.from]?.length ?? 0
  for (; bytes > maxBytes && from < last; ) {
    const isNewestLater =
      request.around === undefined
        ? request.after !== undefined
        : last - request.around > request.around - from
    bytes -= isNewestLater ? size(last--) : size(from++)
  }
  const first = from === page.run.from ? page.first : from
  return {
    ...page,
    first,
    last,
    run: { from, messages: messages.slice(from - page.run.from, last - page.run.from + 1) },
  }
}
