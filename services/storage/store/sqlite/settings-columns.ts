import type { SettingsPatch } from '../../../../shared/protocol/channel-settings.ts'
import type { ChannelId } from '../../../../shared/protocol/ids.ts'
import { type Database, integer, type StatementSync, textOrNull } from './database.ts'
import { PublicTables } from './public-tables.ts'

/** What channels are called and about, and by which words public ones are found. */
export class SettingsColumns {
  readonly public: PublicTables
  readonly #get: StatementSync
  readonly #set: StatementSync

  constructor(db: Database) {
    this.public = new PublicTables(db)
    this.#get = db.prepare(
      'SELECT name, topic, avatar, description, public, archived FROM channels WHERE id = ?',
    )
    this.#set = db.prepare(
      `UPDATE channels SET name = ?, topic = ?, avatar = ?, description = ?, public = ?, archived = ? WHERE id = ?`,
    )
  }

  write(channel: ChannelId, patch: Readonly<SettingsPatch>): void {
    const row = this.#get.get(channel)
    if (row === undefined) return
    const before = {
      name: textOrNull(row, 'name'),
      topic: textOrNull(row, 'topic'),
      avatar: textOrNull(row, 'avatar'),
      description: textOrNull(row, 'description'),
      public: integer(row, 'public') === 1,
      archived: integer(row, 'archived') === 1,
    }
    const after = { ...before, ...patch }
    const { name, topic, avatar, description } = after
    this.#set.run(
      name ?? null,
      topic ?? null,
      avatar ?? null,
      description ?? null,
      after.public ? 1 : 0,
      after.archived ? 1 : 0,
      channel,
    )
    this.public.move(channel, foundAs(before), foundAs(after))
  }
}

const foundAs = ({ name, ...settings }: SettingsPatch): string | null =>
  settings.public === true && settings.archived !== true ? (name ?? null) : null
