import type { Store } from '../store.ts'
import { ThreadConnection } from './thread/connection.ts'

/**
 * The SQLite store off the event loop: one thread writes, another reads beside it (WAL), so that neither a sync of the
 * disk nor a large group of writes holds up messages or pages of history. A read sees every write that was answered.
 * @throws StoreRefused if the file was made by a newer program.
 */
export async function openSqlite(path: string): Promise<Store> {
  const writer = await ThreadConnection.open({ path, role: 'writer' })
  const reader = await ThreadConnection.open({ path, role: 'reader' }).catch(async (error: unknown) => {
    await writer.close()
    throw error
  })
  return {
    apply: (group) => writer.apply(group),
    trimQueues: (...args) => writer.call('trimQueues', ...args),
    claimAccount: (...args) => writer.call('claimAccount', ...args),
    accountReady: (...args) => writer.call('accountReady', ...args),
    startFamily: (...args) => writer.call('startFamily', ...args),
    rotate: (...args) => writer.call('rotate', ...args),
    endFamily: (...args) => writer.call('endFamily', ...args),
    endDevice: (...args) => writer.call('endDevice', ...args),
    trimFamilies: (...args) => writer.call('trimFamilies', ...args),
    offerSigningKey: (...args) => writer.call('offerSigningKey', ...args),

    noteSeen: (...args) => writer.call('noteSeen', ...args),

    position: (...args) => reader.call('position', ...args),
    messages: (...args) => reader.call('messages', ...args),
    messageChanges: (...args) => reader.call('messageChanges', ...args),
    messagesAt: (...args) => reader.call('messagesAt', ...args),
    threads: (...args) => reader.call('threads', ...args),
    thread: (...args) => reader.call('thread', ...args),
    threadReplies: (...args) => reader.call('threadReplies', ...args),
    threadUnread: (...args) => reader.call('threadUnread', ...args),
    follows: (...args) => reader.call('follows', ...args),
    followedThreads: (...args) => reader.call('followedThreads', ...args),
    channelRecords: (...args) => reader.call('channelRecords', ...args),
    deletedAmong: (...args) => reader.call('deletedAmong', ...args),
    edits: (...args) => reader.call('edits', ...args),
    expiring: (...args) => reader.call('expiring', ...args),
    cid: (...args) => reader.call('cid', ...args),
    channelsOf: (...args) => reader.call('channelsOf', ...args),
    publicChannels: (...args) => reader.call('publicChannels', ...args),
    readMark: (...args) => reader.call('readMark', ...args),
    mentions: (...args) => reader.call('mentions', ...args),
    logIns: (...args) => reader.call('logIns', ...args),
    stateRows: (...args) => reader.call('stateRows', ...args),
    stateCount: (...args) => reader.call('stateCount', ...args),
    stateValues: (...args) => reader.call('stateValues', ...args),
    users: (...args) => reader.call('users', ...args),
    usersByName: (...args) => reader.call('usersByName', ...args),
    usersByPrefix: (...args) => reader.call('usersByPrefix', ...args),
    lastSeen: (...args) => reader.call('lastSeen', ...args),
    queue: (...args) => reader.call('queue', ...args),
    account: (...args) => reader.call('account', ...args),
    accountOf: (...args) => reader.call('accountOf', ...args),
    signingKeys: () => reader.call('signingKeys'),
    close: async () => {
      // The writer last: the one that closes the file last folds the write-ahead log into it.
      await reader.close()
      await writer.close()
    },
  }
}
