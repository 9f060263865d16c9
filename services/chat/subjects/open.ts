import { type Handler, SILENT } from '../../../shared/fabric/call.ts'
import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import type { OpenRequest, OpenResponse } from '../../../shared/fabric/wire/live.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { Live } from '../machine/live/live.ts'
import type { ChatState } from '../machine/state.ts'
import { opened } from '../machine/tail.ts'

/**
 * An edge wants a channel's records as they come. What takes time (keys) comes first; the step itself waits for
 * nothing, so nothing can be committed in its midst.
 * @throws `not_found`, `forbidden` for a user who isn't a member; `bad_frame` for a place beyond the head.
 */
export const openHandler =
  (state: ChatState, live: Live, keys: KeyRing): Handler<OpenRequest, OpenResponse> =>
  async (request) => {
    // Who may is asked before anything is read for them, and again at the step.
    if (request.user !== null) state.member(request.channel, request.user)
    await Promise.all([...live.sealedIn(request)].map((event) => opened(event, keys)))
    const channel =
      request.user === null
        ? state.channels.get(request.channel)
        : state.member(request.channel, request.user)
    if (channel === undefined) throw new WeftError('not_found', 'no such channel')
    return live.open(channel, request) ?? SILENT
  }
