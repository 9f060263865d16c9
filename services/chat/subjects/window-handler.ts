import type { PageRequest, PageWindow } from '../../../shared/fabric/calls.ts'
import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { changedMessage } from '../../../shared/protocol/changed-message.ts'
import { type EventOf, eventSchema } from '../../../shared/protocol/events.ts'
import type { ChatState } from '../machine/state.ts'
import { plaintext } from '../machine/tail.ts'
import { fitWindow, windowOf } from './window.ts'

/** Which messages a page holds, and those of them that memory has as they are now. */
export const windowHandler =
  (state: ChatState, keys: KeyRing) =>
  async (request: PageRequest): Promise<PageWindow> => {
    const channel = state.member(request.channel, request.user)
    const head = channel.readable
    const { first, last } = windowOf(request, head)
    const reach = state.changes.among(channel.id, first, last)?.pack ?? 0
    const run =
      request.without_store === true
        ? await fromMemory(state, keys, { channel: channel.id, first, last })
        : await state.tail.read(channel.id, first, last, keys)
    const pinned = channel.pins?.among(first, last) ?? []
    return fitWindow(request, { first, last, head, run, reach, pinned }, MAX_PAGE_BYTES)
  }

/** While the store is away: edits and deletions of messages in memory are made here; who reacted isn't known. */
async function fromMemory(
  { tail, changes }: ChatState,
  keys: KeyRing,
  { channel, first, last }: Pick<PageRequest, 'channel'> & { readonly first: number; readonly last: number },
): Promise<PageWindow['run']> {
  const run = await tail.originals(channel, first, last, keys)
  const messages: Uint8Array[] = []
  for (const [index, message] of run.messages.entries()) {
    const changed = changes.get(channel, run.from + index)
    if (changed === undefined) {
      messages.push(message)
      continue
    }
    const edit = changed.edit === null ? null : editOf(await plaintext(changed.edit, keys))
    messages.push(changedMessage(message, { deleted: changed.deleted, edit, reactions: [] }))
  }
  return { from: run.from, messages }
}

export function editOf(event: Uint8Array): EventOf<'edited'> | null {
  const parsed = eventSchema.safeParse(JSON.parse(Buffer.from(event).toString()))
  return parsed.success && parsed.data.kind === 'edited' ? parsed.data : null
}
