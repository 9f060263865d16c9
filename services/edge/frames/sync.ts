import { parseCursor } from '../session/cursor.ts'
import type { FrameHandler } from './types.ts'

/** What came after the cursor, once more. */
export const sync: FrameHandler<'sync'> = ({ registrar }, session, _greeted, frame) => {
  registrar.catchUp(session, { why: 'sync', cursor: parseCursor(frame.cursor), id: frame.id })
}
