import { Reader, strBytes, Writer } from '../../codec.ts'
import { trusted, type UserId } from '../../protocol/ids.ts'

/**
 * An event that is kept nowhere (typing, say): its JSON, and the users of one SYNC partition whose live sessions get it
 * if they can. A message of them may be lost, and nobody asks for it again.
 */
export type PassingEvent = { readonly json: Uint8Array; readonly recipients: readonly UserId[] }

const VERSION = 1
const HEAD_BYTES = 16

/** Room that an event takes in a message (bytes). */
export const passingBytes = ({ json, recipients }: PassingEvent): number =>
  recipients.reduce((sum, user) => sum + strBytes(user), json.length + 8)

export function encodePassing(events: readonly PassingEvent[]): Uint8Array {
  const size = events.reduce((sum, event) => sum + passingBytes(event), HEAD_BYTES)
  const writer = new Writer(size).u8(VERSION).u32(events.length)
  for (const { json, recipients } of events) {
    writer.bytes(json).u32(recipients.length)
    for (const user of recipients) writer.str(user)
  }
  return writer.finish()
}

export function decodePassing(bytes: Uint8Array): PassingEvent[] {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION) throw new TypeError(`unknown version ${version} of passing events`)
  return Array.from({ length: reader.u32() }, () => ({
    json: reader.bytes(),
    recipients: Array.from({ length: reader.u32() }, () => trusted<UserId>(reader.str())),
  }))
}
