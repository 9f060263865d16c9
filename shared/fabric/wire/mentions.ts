import type { Reader, Writer } from '../../codec.ts'
import { MENTION_ALL, type MentionAll } from '../../protocol/events.ts'
import { trusted, type UserId } from '../../protocol/ids.ts'

/** Whom a message mentions; `all`: everyone in the channel, or everyone who is there just now. */
export type Mentions = { readonly users: readonly UserId[]; readonly all: MentionAll | null }
export const NO_MENTIONS: Mentions = { users: [], all: null }

export function writeMentions(writer: Writer, { users, all }: Mentions): Writer {
  writer.u8(all === null ? 0 : MENTION_ALL.indexOf(all) + 1).u16(users.length)
  for (const user of users) writer.str(user)
  return writer
}

export function readMentions(reader: Reader): Mentions {
  const all = MENTION_ALL[reader.u8() - 1] ?? null
  const users = Array.from({ length: reader.u16() }, () => trusted<UserId>(reader.str()))
  return users.length === 0 && all === null ? NO_MENTIONS : { users, all }
}
