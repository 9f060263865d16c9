import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  channelCreate,
  channelInfo,
  channelWindow,
  memberDelete,
  memberPut,
} from '../../shared/fabric/calls.ts'
import { connectFabric, type Fabric } from '../../shared/fabric/connection.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { subjects } from '../../shared/fabric/registry.ts'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import {
  decodeAnswers,
  encodeChatBatch,
  type SendAnswer,
  type SendCommand,
} from '../../shared/fabric/wire/chat-batch.ts'
import { NO_MENTIONS } from '../../shared/fabric/wire/mentions.ts'
import { createLog } from '../../shared/log/log.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import { startTestNats, type TestNats } from '../../test/support/nats.ts'
import { chatConfig } from './config.ts'
import { createChat } from './service.ts'

const log = createLog('test', 'silent')
const edge = trusted<EdgeId>('edge1')
const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const eve = trusted<UserId>('eve')

let nats: TestNats
let fabric: Fabric
let directory: Directory
let chat: Service | undefined
let request = 0
const waiting = new Map<number, (answer: SendAnswer) => void>()

const startChat = async (env: Record<string, string> = {}) => {
  chat = await createChat({ config: chatConfig(env), fabric, directory, log })
}

beforeAll(async () => {
  nats = await startTestNats()
  fabric = await connectFabric(nats.fabric, 'test', log)
  await ensureFabric(fabric, { replicas: 1, partitions: { log: 1, sync: 1 }, streamMaxBytes: -1 }, log)
  directory = await Directory.open(fabric, log)
  fabric.nc.subscribe(subjects.answers(fabric.region, edge), {
    callback: (_error, message) => {
      for (const answer of decodeAnswers(message.data)) waiting.get(answer.request)?.(answer)
    },
  })
})
afterEach(async () => {
  await chat?.drain()
  chat = undefined
})
afterAll(async () => {
  await fabric.close()
  await nats.stop()
})

const newChannel = () => trusted<ChannelId>(`c${randomUUID()}`)

async function group(...members: UserId[]): Promise<ChannelId> {
  const channel = newChannel()
  await directory.callOwner(channelCreate, 'log', channel, {
    channel,
    kind: 'group',
    name: 'Tea',
    by: ann,
    members,
  })
  return channel
}

const sendOf = (channel: ChannelId, user: UserId, cid: string, flow = 0): SendCommand => ({
  request: ++request,
  session: trusted<SessionId>('s1'),
  flow,
  channel,
  user,
  device: trusted<DeviceId>('d1'),
  cid: trusted<Cid>(cid),
  replyTo: 0,
  mentions: NO_MENTIONS,
  content: Buffer.from(`"body":{"text":"hello ${cid}"}`),
})

/** Several sends in one batch, and their answers. */
function send(...sends: SendCommand[]): Promise<SendAnswer[]> {
  const answers = sends.map(
    ({ request: id }) => new Promise<SendAnswer>((resolve) => waiting.set(id, resolve)),
  )
  const term = directory.term('log', 0)
  if (term === undefined) throw new Error('nobody owns the partition')
  fabric.nc.publish(subjects.chatIn(fabric.region, 0, term), encodeChatBatch({ edge, place: null, sends }))
  return Promise.all(answers)
}

test('messages of a channel are numbered 1, 2, 3 … and readable at once', async () => {
  await startChat()
  const channel = await group(bob)
  const answers = await send(...['a', 'b', 'c'].map((cid) => sendOf(channel, ann, cid)))
  expect(answers).toMatchObject([1, 2, 3].map((seq) => ({ ok: true, seq, duplicate: false })))
  const page = await directory.callOwner(channelWindow, 'log', channel, { channel, user: bob, limit: 50 })
  expect(page).toMatchObject({ first: 1, last: 3, head: 3, run: { from: 1 } })
  const messages = page.run.messages.map((bytes) => JSON.parse(Buffer.from(bytes).toString()))
  expect(messages).toMatchObject([
    { seq: 1, cid: 'a', from: 'ann', body: { text: 'hello a' } },
    { cid: 'b' },
    { cid: 'c' },
  ])
})

test('a cid sent again gets its first answer: in the same batch, later, and from the next owner', async () => {
  await startChat()
  const channel = await group(bob)
  const [first, twin] = await send(sendOf(channel, ann, 'x'), sendOf(channel, ann, 'x'))
  expect([first, twin]).toMatchObject([
    { seq: 1, duplicate: false },
    { seq: 1, duplicate: true },
  ])
  expect(await send(sendOf(channel, ann, 'x'))).toMatchObject([{ seq: 1, duplicate: true }])
  expect(await send(sendOf(channel, bob, 'x'))).toMatchObject([{ seq: 2, duplicate: false }])
  const before = directory.term('log', 0)
  await chat?.drain()
  const changed = new Promise<void>((resolve) => directory.onOwner(() => resolve()))
  await startChat()
  await changed
  expect(directory.term('log', 0)).toBeGreaterThan(before ?? 0)
  expect(await send(sendOf(channel, ann, 'x'), sendOf(channel, ann, 'y'))).toMatchObject([
    { seq: 1, duplicate: true, at: first?.ok ? first.at : 0 },
    { seq: 3, duplicate: false },
  ])
})

test('only members send and read; one who left is told so, a stranger sees nothing', async () => {
  await startChat()
  const channel = await group(bob)
  expect(await send(sendOf(channel, eve, '1'))).toMatchObject([{ ok: false, code: 'not_found' }])
  expect(await send(sendOf(newChannel(), ann, '1'))).toMatchObject([{ ok: false, code: 'not_found' }])
  const asEve = { channel, user: eve }
  await expect(directory.callOwner(channelInfo, 'log', channel, asEve)).rejects.toMatchObject({
    code: 'not_found',
  })
  await directory.callOwner(memberPut, 'log', channel, { channel, by: bob, user: eve, role: null })
  expect(await send(sendOf(channel, eve, '2'))).toMatchObject([{ ok: true, seq: 1 }])
  await directory.callOwner(memberDelete, 'log', channel, { channel, by: eve, user: eve })
  expect(await send(sendOf(channel, eve, '3'))).toMatchObject([{ ok: false, code: 'forbidden' }])
  // What she sent while she was a member still has its first answer.
  expect(await send(sendOf(channel, eve, '2'))).toMatchObject([{ ok: true, seq: 1, duplicate: true }])
  await expect(directory.callOwner(channelInfo, 'log', channel, asEve)).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a reply to a message that is not there yet is refused', async () => {
  await startChat()
  const channel = await group(bob)
  const reply = (cid: string, replyTo: number) => ({ ...sendOf(channel, ann, cid), replyTo })
  expect(await send(reply('early', 1))).toMatchObject([
    { ok: false, code: 'bad_frame', message: expect.stringContaining('reply_to') },
  ])
  expect(await send(sendOf(channel, ann, 'first'), reply('late', 1))).toMatchObject([
    { seq: 1 },
    { ok: true, seq: 2 },
  ])
})

test('a group keeps an owner, and only owners and admins remove others', async () => {
  await startChat()
  const channel = await group(bob, eve)
  const remove = (by: UserId, user: UserId) =>
    directory.callOwner(memberDelete, 'log', channel, { channel, by, user })
  await expect(remove(bob, eve)).rejects.toMatchObject({ code: 'forbidden' })
  await remove(ann, ann)
  expect(await directory.callOwner(channelInfo, 'log', channel, { channel, user: bob })).toMatchObject({
    role: 'owner',
    members: 2,
  })
  await remove(bob, eve)
})

test('a direct channel is made once and keeps its two members', async () => {
  await startChat()
  const channel = newChannel()
  const create = (by: UserId, other: UserId) =>
    directory.callOwner(channelCreate, 'log', channel, {
      channel,
      kind: 'direct',
      name: null,
      by,
      members: [other],
    })
  expect(await create(ann, bob)).toMatchObject({ created: true, channel: { peer: bob, members: 2 } })
  expect(await create(bob, ann)).toMatchObject({ created: false, channel: { peer: ann } })
  const put = { channel, by: ann, user: eve, role: null }
  await expect(directory.callOwner(memberPut, 'log', channel, put)).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('what was pipelined behind a send that was refused for a passing reason is refused too', async () => {
  await startChat({ WEFT_CHAT_MAX_QUEUED: '50' })
  const channel = await group(bob)
  const many = Array.from({ length: 200 }, (_, i) => sendOf(channel, ann, `many-${i}`))
  const answers = await send(...many)
  const firstRefused = answers.findIndex((answer) => !answer.ok)
  expect(firstRefused).toBeGreaterThan(0)
  expect(answers.slice(firstRefused).every((answer) => !answer.ok && answer.code === 'unavailable')).toBe(
    true,
  )
  expect(await send(sendOf(channel, ann, 'the same flow'))).toMatchObject([
    { ok: false, code: 'unavailable' },
  ])
  expect(await send(sendOf(channel, ann, 'the next flow', 1))).toMatchObject([
    { ok: true, seq: firstRefused + 1 },
  ])
})
