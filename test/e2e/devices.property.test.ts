import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const DEVICES = 5
const CHANNELS = 2

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let run = 0

beforeAll(async () => {
  folder = await temporaryFolder('devices')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

type Event = { readonly kind: string; readonly [field: string]: unknown }
type Held = { cids: string[]; read: number; head: number; mentioned: number[]; mute: unknown; draft: unknown }

/** A device as PROTOCOL.md has it: all that it holds follows from the events that it saw. */
class Device {
  readonly name: string
  readonly #user: string
  readonly settings: Record<string, unknown> = {}
  readonly channels = new Map<string, Held>()
  #client: RawClient | null = null
  #seen = 0
  cursor: string | undefined

  constructor(user: string, name: string) {
    this.#user = user
    this.name = name
  }

  get client(): RawClient | null {
    return this.#client
  }

  async connect(): Promise<void> {
    if (this.#client !== null) return
    const token = mintToken(SECRET, this.#user)
    const cursor = this.cursor === undefined ? {} : { cursor: this.cursor }
    this.#client = await RawClient.hello(weft.ws, { token, device: this.name, ...cursor })
    this.#seen = 0
    if (this.cursor === undefined) {
      const [welcome] = this.#client.frames
      this.cursor = String(welcome?.['cursor'])
    }
  }

  partition(): void {
    this.fold()
    this.#client?.cut()
    this.#client = null
  }

  /** Takes in what came; an event that doesn't follow on the one before is a gap. */
  fold(): void {
    const frames = this.#client?.frames ?? []
    for (; this.#seen < frames.length; this.#seen++) {
      const frame = frames[this.#seen]
      const cursor = frame?.['cursor']
      if (frame?.t !== 'event' || typeof cursor !== 'string') continue
      expect(frame['prev']).toBe(this.cursor)
      this.cursor = cursor
      this.#take(frame['event'] as Event)
    }
  }

  held(channel: string): Held {
    const known = this.channels.get(channel)
    if (known !== undefined) return known
    const made: Held = { cids: [], read: 0, head: 0, mentioned: [], mute: null, draft: null }
    this.channels.set(channel, made)
    return made
  }

  #take(event: Event): void {
    const { kind } = event
    if (kind === 'settings') {
      Object.assign(this.settings, event['settings'])
      const mute = event['mute'] as { channel: string; mute: unknown } | undefined
      if (mute !== undefined) this.held(mute.channel).mute = mute.mute
      const draft = event['draft'] as { channel: string; body: unknown } | undefined
      if (draft !== undefined) this.held(draft.channel).draft = draft.body
      return
    }
    if (kind !== 'message' && kind !== 'read') return
    const held = this.held(String(event['channel']))
    const seq = Number(event['seq'])
    if (kind === 'read') {
      if (event['user'] === this.#user) held.read = Math.max(held.read, seq)
      return
    }
    held.cids.push(String(event['cid']))
    held.head = seq
    if (event['from'] === this.#user) held.read = Math.max(held.read, seq)
    const mentions = event['mentions'] as string[] | undefined
    if (mentions?.includes(this.#user)) held.mentioned.push(seq)
  }

  badge(): number {
    let unread = 0
    for (const { head, read, mute, mentioned } of this.channels.values()) {
      if (mute === null) unread += head - read
      else if ((mute as { mentions: boolean }).mentions)
        unread += mentioned.filter((seq) => seq > read).length
    }
    return unread
  }

  state() {
    const channels = [...this.channels].sort(([a], [b]) => (a < b ? -1 : 1))
    return { settings: this.settings, channels, badge: this.badge() }
  }
}

const action = fc.record({
  what: fc.constantFrom(
    'send',
    'send',
    'hear',
    'read',
    'mute',
    'unmute',
    'draft',
    'settings',
    'partition',
    'heal',
  ),
  device: fc.nat({ max: DEVICES - 1 }),
  channel: fc.nat({ max: CHANNELS - 1 }),
  flag: fc.boolean(),
})

test('five devices that were parted and met again hold the same, and the server’s count', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 30, maxLength: 60 }), async (actions) => {
      const user = `user${++run}`
      const friend = `friend${run}`
      const call = (who: string, method: string, path: string, body?: unknown) =>
        http(weft.url, method, path, {
          token: mintToken(SECRET, who),
          ...(body === undefined ? {} : { body }),
        })
      const channels: string[] = []
      const devices = Array.from({ length: DEVICES }, (_, i) => new Device(user, `device${i}`))
      for (const device of devices) await device.connect()
      for (let i = 0; i < CHANNELS; i++) {
        const made = await call(user, 'POST', '/v1/channels', { kind: 'group', members: [friend] })
        channels.push((made.body['channel'] as { id: string }).id)
      }
      const other = await RawClient.hello(weft.ws, { token: mintToken(SECRET, friend), device: 'phone' })
      const sent = new Map(channels.map((id) => [id, new Set<string>()]))
      for (const [step, { what, device: d, channel: c, flag }] of actions.entries()) {
        const device = devices[d]
        const channel = channels[c]
        if (device === undefined || channel === undefined) continue
        const { client } = device
        const cid = `cid${step}`
        if (what === 'heal') await device.connect()
        else if (what === 'partition') device.partition()
        else if (what === 'hear') {
          sent.get(channel)?.add(cid)
          const mentions = flag ? { mentions: [user] } : {}
          await other.ask({ t: 'send', channel, cid, body: 'x', ...mentions })
        } else if (client === null) continue
        else if (what === 'send') {
          sent.get(channel)?.add(cid)
          // Twice, as after a lost answer.
          const frame = { t: 'send', channel, cid, body: 'x' }
          await Promise.all([client.ask(frame), client.ask(frame)])
        } else if (what === 'read') {
          device.fold()
          await client.ask({ t: 'read', channel, seq: device.held(channel).head })
        } else if (what === 'mute')
          await call(user, 'PUT', `/v1/channels/${channel}/mute`, { mentions: flag })
        else if (what === 'unmute') await call(user, 'DELETE', `/v1/channels/${channel}/mute`)
        else if (what === 'draft') {
          // Two devices at the same time: whichever the log has last wins, everywhere.
          const path = `/v1/channels/${channel}/draft`
          await Promise.all([
            call(user, 'PUT', path, { body: cid }),
            call(user, 'PUT', path, { body: `${cid}b` }),
          ])
        } else await call(user, 'PATCH', '/v1/me/settings', { theme: flag ? 'dark' : 'light' })
      }
      for (const device of devices) await device.connect()
      const badge = (await call(user, 'GET', '/v1/me/badge')).body
      const numberOf = (cursor: unknown) => Number(String(cursor).split(':')[1])
      await until(() => {
        for (const device of devices) device.fold()
        return devices.every(({ cursor }) => numberOf(cursor) >= numberOf(badge['cursor']))
      }, 'all devices are where the server is')
      const [first] = devices
      if (first === undefined) return
      for (const device of devices) expect(device.state()).toEqual(first.state())
      expect(first.badge()).toBe(badge['unread'])
      for (const channel of channels) {
        const held = first.held(channel)
        expect(new Set(held.cids)).toEqual(sent.get(channel))
        expect(held.cids.length).toBe(new Set(held.cids).size)
        const { body } = await call(user, 'GET', `/v1/channels/${channel}`)
        const { head, read } = held
        expect(body['channel']).toMatchObject({ head, read, unread: head - read, muted: held.mute !== null })
      }
      const drafts = (await call(user, 'GET', '/v1/me/drafts')).body['items'] as {
        channel: string
        body: unknown
      }[]
      const heldDrafts = channels.flatMap((id) =>
        first.held(id).draft === null ? [] : [[id, first.held(id).draft]],
      )
      expect(new Map(drafts.map(({ channel, body }) => [channel, body]))).toEqual(
        new Map(heldDrafts as [string, unknown][]),
      )
      const { settings } = (await call(user, 'GET', '/v1/me/settings')).body as {
        settings: Record<string, unknown>
      }
      expect(settings).toMatchObject(first.settings)
      for (const device of devices) device.partition()
      other.close()
    }),
    { numRuns: 6 },
  )
})
