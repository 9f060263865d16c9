import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal } from '../../../shared/fabric/keyring.ts'
import { encodePack, NO_DIGEST, PackChain } from '../../../shared/fabric/pack.ts'
import { decodeSyncRecord, encodeSyncRecord } from '../../../shared/fabric/wire/sync-record.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { Group } from '../store/store.ts'
import { PackGroup } from './pack-group.ts'

const ann = trusted<UserId>('ann')
const key = createSecretKey(randomBytes(32))
const RECORDS = 6_000
const PACK_RECORDS = 200
const json = Buffer.from('{"kind":"message"}')

test('checking a large group leaves the event loop turns, and loses nothing', async () => {
  const records = Array.from({ length: RECORDS }, (_, n) =>
    encodeSyncRecord({
      type: 'event',
      body: { kind: 'sealed', sealed: seal(key, ann, json) },
      deliveries: [{ user: ann, n }],
    }),
  )
  const chain = new PackChain(0, NO_DIGEST)
  const groups: Group[] = []
  const group = new PackGroup({ region: 'r', kind: 'sync', partition: 0 }, async (written) => {
    groups.push(written)
  })
  let turns = 0
  let turn = setImmediate(function next() {
    turns++
    turn = setImmediate(next)
  })
  for (let number = 1, at = 0; at < RECORDS; number++, at += PACK_RECORDS) {
    const bytes = encodePack({
      kind: 'records',
      lineage: 1,
      number,
      previous: chain.digest,
      term: 1,
      at: 1,
      meta: new Uint8Array(0),
      records: records.slice(at, at + PACK_RECORDS),
    })
    await group.add(chain.next(number, bytes), bytes.length, chain)
  }
  await group.write(chain)
  clearImmediate(turn)
  expect(turns).toBeGreaterThan(0)
  const written = groups.flatMap(({ packs }) => packs.flatMap((pack) => pack.records.map(decodeSyncRecord)))
  const numbers = written.flatMap((record) =>
    record.type === 'event' ? record.deliveries.map(({ n }) => n) : [],
  )
  expect(numbers).toEqual(Array.from({ length: RECORDS }, (_, n) => n))
})
