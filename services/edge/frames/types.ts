import type { z } from 'zod'
import type { ClientFrameType, clientFrames } from '../../../shared/protocol/frames.ts'
import type { EdgeContext } from '../context.ts'
import type { Greeted, Session } from '../session/session.ts'

export type FrameOf<T extends ClientFrameType> = z.infer<(typeof clientFrames)[T]>
/** Serves one kind of frame; what it throws is answered as an `error` with the frame's id. */
export type FrameHandler<T extends ClientFrameType> = (
  context: EdgeContext,
  session: Session,
  greeted: Greeted,
  frame: FrameOf<T>,
) => void | Promise<void>
