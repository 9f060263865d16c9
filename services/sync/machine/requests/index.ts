import type { UserRequest } from '../../../../shared/fabric/user-requests.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { draft, mute, threadRead } from './channels.ts'
import { block, contact, forgetDevice, status } from './people.ts'
import { settings } from './settings.ts'
import type { PlannedRequest } from './types.ts'

/** What a user's request comes to. One function an operation, one file an area. */
export function plannedRequest(user: UserId, request: UserRequest): PlannedRequest {
  switch (request.op) {
    case 'settings':
      return settings(request)
    case 'mute':
      return mute(request)
    case 'draft':
      return draft(request)
    case 'contact':
      return contact(request)
    case 'block':
      return block(request)
    case 'status':
      return status(request)
    case 'forget-device':
      return forgetDevice(request)
    case 'thread-read':
      return threadRead(user, request)
  }
}
