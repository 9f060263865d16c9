import type { versionsList } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { messageSchema } from '../../../shared/protocol/events.ts'
import type { StorageContext } from '../context.ts'
import type { Operation } from './types.ts'

/** The original stands before all edits, whose revs are higher. */
const ORIGINAL_REV = 0
const originalShape = messageSchema.pick({ from: true, at: true, body: true, mentions: true })

type Version = { readonly rev: number; readonly json: string }

export const versionsListOperation: Operation<typeof versionsList> =
  ({ store, bodies }) =>
  async ({ channel, seq, after, limit }) => {
    const records = await store.edits(channel, seq, after ?? ORIGINAL_REV, limit)
    const edits = await Promise.all(records.map((record) => editOf(bodies, record)))
    // What was deleted while they were read is seen after it.
    const [stored] = await store.messagesAt(channel, [seq], MAX_PAGE_BYTES)
    if (stored === undefined || stored.change?.deleted) return { found: null }
    const original = after === null ? await originalOf(bodies, stored.record) : null
    const versions = [original, ...edits].filter((version) => version !== null)
    const page = fitting(versions.slice(0, limit))
    const last = page.at(-1)
    const isMore = records.length === limit || page.length < versions.length
    return {
      found: {
        versions: page.map(({ json }) => json),
        next: isMore && last !== undefined ? last.rev : null,
      },
    }
  }

type Opener = Pick<StorageContext['bodies'], 'messages' | 'edit'>

/** Null where its key was destroyed. */
async function originalOf(bodies: Opener, record: Uint8Array): Promise<Version | null> {
  const [message] = await bodies.messages([record])
  const parsed = originalShape.safeParse(JSON.parse(Buffer.from(message ?? []).toString()))
  if (!parsed.success) return null
  const { from, at, body, mentions } = parsed.data
  return { rev: ORIGINAL_REV, json: JSON.stringify({ body, at, by: from, mentions }) }
}

async function editOf(bodies: Opener, record: Uint8Array): Promise<Version | null> {
  const edit = await bodies.edit(record)
  if (edit === null) return null
  const { rev, body, at, by, mentions } = edit
  return { rev, json: JSON.stringify({ body, at, by, mentions }) }
}

/** As many as one message of the fabric may hold, and one at the least. */
function fitting(versions: readonly Version[]): readonly Version[] {
  let bytes = 0
  const end = versions.findIndex(({ json }, index) => {
    bytes += Buffer.byteLength(json)
    return index > 0 && bytes > MAX_PAGE_BYTES
  })
  return end < 0 ? versions : versions.slice(0, end)
}
