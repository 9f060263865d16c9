import { afterAll, beforeAll, expect, test } from 'vitest'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const [ann, bob, eve] = [mintToken(SECRET, 'ann'), mintToken(SECRET, 'bob'), mintToken(SECRET, 'eve')]

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder('http-channels')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

test('an owner renames a group; a member may not, a stranger sees none', async () => {
  const body = { kind: 'group', name: 'Tea', members: ['bob'] }
  const made = await http(weft.url, 'POST', '/v1/channels', { token: ann, body })
  const { id } = made.body['channel'] as { id: string }
  const rename = (token: string, name: unknown) =>
    http(weft.url, 'PATCH', `/v1/channels/${id}`, { token, body: { name } })
  expect(await rename(ann, 'Coffee')).toMatchObject({ status: 200, body: { channel: { name: 'Coffee' } } })
  expect((await rename(bob, 'Milk')).status).toBe(403)
  expect((await rename(eve, 'Milk')).status).toBe(404)
  expect((await rename(ann, 7)).status).toBe(400)
  const list = await http(weft.url, 'GET', '/v1/channels', { token: bob })
  expect(list.body).toMatchObject({ items: [{ id, name: 'Coffee' }] })
})
