import { Reader, strBytes, Writer } from '../../codec.ts'
import { type ChannelId, trusted, type UserId } from '../../protocol/ids.ts'

/** That a user began to type in a channel, still does, or has stopped. */
export type TypingSign = { readonly channel: ChannelId; readonly user: UserId; readonly on: boolean }

const VERSION = 1

export function encodeTyping(signs: readonly TypingSign[]): Uint8Array {
  const size = signs.reduce((sum, { channel, user }) => sum + strBytes(channel) + strBytes(user) + 1, 8)
  const writer = new Writer(size).u8(VERSION).u32(signs.length)
  for (const { channel, user, on } of signs)
    writer
      .str(channel)
      .str(user)
      .u8(on ? 1 : 0)
  return writer.finish()
}

export function decodeTyping(bytes: Uint8Array): TypingSign[] {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION) throw new TypeError(`unknown version ${version} of typing`)
  return Array.from({ length: reader.u32() }, () => ({
    channel: trusted<ChannelId>(reader.str()),
    user: trusted<UserId>(reader.str()),
    on: reader.u8() === 1,
  }))
}
