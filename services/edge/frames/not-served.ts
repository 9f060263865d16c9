import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ClientFrame } from '../../../shared/protocol/frames.ts'

/** Part of version 1 that this release doesn't have yet. Those that expect no answer get none. */
export function notServed(frame: ClientFrame): void {
  if (frame.id !== undefined)
    throw new WeftError('bad_frame', `t: ${frame.t} is not served by this release yet`)
}
