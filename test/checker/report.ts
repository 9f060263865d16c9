import type { Report } from './check.ts'
import type { Violation } from './violations.ts'

/** One violation as a line of text. */
export function violationOf({ rule, what, channel, user, client, seq, ops, lines }: Violation): string {
  const place = channel === undefined ? undefined : `${channel}${seq === undefined ? '' : `/${seq}`}`
  const where = [
    place,
    user === undefined ? undefined : `user ${user}`,
    client === undefined ? undefined : `client ${client}`,
    ops.length === 0 ? undefined : `ops ${ops.join(', ')}`,
    lines.length === 0 ? undefined : `lines ${lines.join(', ')}`,
  ]
  return `${rule}: ${what} (${where.filter((part) => part !== undefined).join('; ')})`
}

/** What was looked at and what was found, in one line. */
export function summaryOf({ broken, counts }: Report): string {
  const seen =
    `${counts.ops} operations (${counts.acks} acks, ${counts.duplicates} duplicates, ${counts.errors} errors, ` +
    `${counts.lost} lost, ${counts.reads} reads), ${counts.messages} messages, ${counts.events} events in ` +
    `${counts.sessions} sessions, ${counts.told} told by the SDK, ${counts.faults} faults`
  const total = [...broken.values()].reduce((sum, count) => sum + count, 0)
  const found = [...broken].map(([rule, count]) => `${rule} ${count}`).join(', ')
  return `${seen}: ${total === 0 ? '0 violations' : `${total} violations (${found})`}`
}
