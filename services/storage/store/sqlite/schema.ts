/** The steps from an empty file to the newest schema; a file's `user_version` is how many it has had. Only ever append. */
export const SCHEMA: readonly string[] = [
  `
  CREATE TABLE positions (
    kind TEXT NOT NULL, partition INTEGER NOT NULL, pack INTEGER NOT NULL, lineage INTEGER NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (kind, partition)
  ) WITHOUT ROWID;

  CREATE TABLE messages (
    channel TEXT NOT NULL, seq INTEGER NOT NULL, json BLOB NOT NULL,
    PRIMARY KEY (channel, seq)
  ) WITHOUT ROWID;
  CREATE TABLE cids (
    channel TEXT NOT NULL, user TEXT NOT NULL, cid TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (channel, user, cid)
  ) WITHOUT ROWID;

  CREATE TABLE channels (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT, members INTEGER NOT NULL, head INTEGER NOT NULL,
    rev INTEGER NOT NULL, lineage INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE members (
    channel TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (channel, user)
  ) WITHOUT ROWID;
  CREATE TABLE memberships (
    user TEXT NOT NULL, channel TEXT NOT NULL, role TEXT NOT NULL, joined INTEGER NOT NULL, peer TEXT,
    PRIMARY KEY (user, channel)
  ) WITHOUT ROWID;
  CREATE TABLE reads (
    user TEXT NOT NULL, channel TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user, channel)
  ) WITHOUT ROWID;

  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, display_name TEXT NOT NULL, avatar TEXT, name_key TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE users_by_name (
    name_key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (name_key, id)
  ) WITHOUT ROWID;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY, refs INTEGER NOT NULL, json BLOB NOT NULL
  );
  CREATE TABLE queues (
    user TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (user, n)
  ) WITHOUT ROWID;

  CREATE TABLE accounts (
    name_key TEXT PRIMARY KEY, name TEXT NOT NULL, display_name TEXT NOT NULL, user TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL, pending INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE families (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, device TEXT NOT NULL, token_hash TEXT NOT NULL,
    expires_at INTEGER NOT NULL, ended_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX families_by_expiry ON families (expires_at);
  CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY, family TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
  CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY, private_jwk TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  // By cid first: UUIDv7s of one moment lie on one page, where by channel each would dirty a page of its own.
  `
  ALTER TABLE cids RENAME TO cids_by_channel;
  CREATE TABLE cids (
    cid TEXT NOT NULL, channel TEXT NOT NULL, user TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (cid, channel, user)
  ) WITHOUT ROWID;
  INSERT INTO cids SELECT cid, channel, user, seq, at FROM cids_by_channel ORDER BY cid, channel, user;
  DROP TABLE cids_by_channel;
  `,
  // As they stand in the logs, sealed; what was written before is plain JSON, which begins with `{` as none of them does.
  `
  ALTER TABLE messages RENAME COLUMN json TO record;
  ALTER TABLE events RENAME COLUMN json TO body;
  `,
  // A row a run of consecutive numbers, with their events' ids (6 bytes each), where it was a row a delivery.
  `
  ALTER TABLE queues RENAME TO queues_by_delivery;
  CREATE TABLE queues (
    user TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL, events BLOB NOT NULL,
    PRIMARY KEY (user, first)
  ) WITHOUT ROWID;
  INSERT INTO queues SELECT user, n, n, at, unhex(printf('%012X', event)) FROM queues_by_delivery;
  DROP TABLE queues_by_delivery;
  `,
  `
  CREATE TABLE seen (
    user TEXT PRIMARY KEY, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  // What users keep of their own: settings, mutes, drafts, contacts, blocks.
  `
  CREATE TABLE user_state (
    user TEXT NOT NULL, area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (user, area, key)
  ) WITHOUT ROWID;
  `,
  // Who is mentioned where; what a log-in says of its device.
  `
  CREATE TABLE mentions_of (
    user TEXT NOT NULL, channel TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user, channel, seq)
  ) WITHOUT ROWID;
  ALTER TABLE families ADD COLUMN device_name TEXT;
  ALTER TABLE families ADD COLUMN platform TEXT;
  ALTER TABLE families ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE families ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX families_by_user ON families (user);
  `,
  // What became of messages. `edit`: the record of the newest one.
  `
  CREATE TABLE changed (
    channel TEXT NOT NULL, seq INTEGER NOT NULL, deleted INTEGER NOT NULL, edit BLOB, PRIMARY KEY (channel, seq)
  ) WITHOUT ROWID;
  CREATE TABLE edits (
    channel TEXT NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (channel, seq, rev)
  ) WITHOUT ROWID;
  CREATE TABLE channel_records (
    channel TEXT NOT NULL, rev INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (channel, rev)
  ) WITHOUT ROWID;
  CREATE TABLE reactions (
    channel TEXT NOT NULL, seq INTEGER NOT NULL, emoji TEXT NOT NULL, user TEXT NOT NULL,
    PRIMARY KEY (channel, seq, emoji, user)
  );
  `,
  // What channels are about, and public ones by the words of their names (shard: a word's first character, or empty: all).
  `
  ALTER TABLE channels ADD COLUMN topic TEXT;
  ALTER TABLE channels ADD COLUMN avatar TEXT;
  ALTER TABLE channels ADD COLUMN description TEXT;
  ALTER TABLE channels ADD COLUMN public INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channels ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE public_words (
    shard TEXT NOT NULL, word TEXT NOT NULL, channel TEXT NOT NULL, PRIMARY KEY (shard, word, channel)
  ) WITHOUT ROWID;
  `,
  // Threads. `wrote`: the newest reply of the user's own.
  `
  CREATE TABLE thread_replies (
    channel TEXT NOT NULL, thread INTEGER NOT NULL, seq INTEGER NOT NULL, sender TEXT NOT NULL, deleted INTEGER NOT NULL,
    PRIMARY KEY (channel, thread, seq)
  ) WITHOUT ROWID;
  CREATE TABLE threads (
    channel TEXT NOT NULL, thread INTEGER NOT NULL, replies INTEGER NOT NULL, last INTEGER NOT NULL, last_from TEXT NOT NULL,
    last_at INTEGER NOT NULL, PRIMARY KEY (channel, thread)
  ) WITHOUT ROWID;
  CREATE TABLE threads_by_last (
    channel TEXT NOT NULL, last INTEGER NOT NULL, thread INTEGER NOT NULL, PRIMARY KEY (channel, last)
  ) WITHOUT ROWID;
  CREATE TABLE follows (
    user TEXT NOT NULL, channel TEXT NOT NULL, thread INTEGER NOT NULL, at INTEGER NOT NULL, wrote INTEGER NOT NULL,
    PRIMARY KEY (user, channel, thread)
  ) WITHOUT ROWID;
  CREATE TABLE follows_by_time (
    user TEXT NOT NULL, at INTEGER NOT NULL, channel TEXT NOT NULL, thread INTEGER NOT NULL,
    PRIMARY KEY (user, at, channel, thread)
  ) WITHOUT ROWID;
  `,
  // When messages are over that disappear.
  `
  CREATE TABLE expiries (
    partition INTEGER NOT NULL, at INTEGER NOT NULL, channel TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (partition, at, channel, seq)
  ) WITHOUT ROWID;
  `,
]
export const SCHEMA_VERSION = SCHEMA.length
