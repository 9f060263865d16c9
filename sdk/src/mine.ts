import type { Audience, Device, Mine, Mute, Settings } from './api/mine.ts'
import { itemsOf } from './directory.ts'
import { type Http, part } from './http.ts'
import type { Body, ChannelId, DeviceId, UserId } from './types.ts'
import { isJson, type Json, number, text } from './wire.ts'

const AUDIENCES: readonly Audience[] = ['everyone', 'contacts', 'nobody']
const THEMES: readonly Settings['theme'][] = ['system', 'light', 'dark']
/** Pages of a list at most: a server that goes on for ever is not believed. */
const MAX_PAGES = 1_000

/** Calls of what is the user's own. */
export class MineApi implements Mine {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  async settings(): Promise<Settings> {
    return settingsOf(await this.#http.call('GET', '/v1/me/settings'))
  }

  async updateSettings(changes: Partial<Settings>): Promise<Settings> {
    return settingsOf(await this.#http.call('PATCH', '/v1/me/settings', { ...changes }))
  }

  async mute(channel: ChannelId, options: { until?: Date | null; mentions?: boolean } = {}): Promise<Mute> {
    const { until, mentions } = options
    const answer = await this.#http.call('PUT', `/v1/channels/${part(channel)}/mute`, {
      until: until?.toISOString() ?? null,
      mentions: mentions ?? true,
    })
    return muteOf(answer.mute)
  }

  async unmute(channel: ChannelId): Promise<void> {
    await this.#http.call('DELETE', `/v1/channels/${part(channel)}/mute`)
  }

  async mutes(): Promise<ReadonlyMap<ChannelId, Mute>> {
    return new Map((await this.#list('mutes')).map((item) => [text(item.channel) ?? '', muteOf(item.mute)]))
  }

  async setDraft(channel: ChannelId, body: Body | undefined): Promise<void> {
    const path = `/v1/channels/${part(channel)}/draft`
    if (body === undefined || body === '') await this.#http.call('DELETE', path)
    else await this.#http.call('PUT', path, { body })
  }

  async drafts(): Promise<ReadonlyMap<ChannelId, Body>> {
    const drafts = new Map<ChannelId, Body>()
    for (const { channel, body } of await this.#list('drafts')) {
      if (typeof channel === 'string' && (typeof body === 'string' || isJson(body))) drafts.set(channel, body)
    }
    return drafts
  }

  async contacts(): Promise<readonly UserId[]> {
    return usersOf(await this.#list('contacts'))
  }

  async addContact(user: UserId): Promise<void> {
    await this.#http.call('PUT', `/v1/me/contacts/${part(user)}`)
  }

  async removeContact(user: UserId): Promise<void> {
    await this.#http.call('DELETE', `/v1/me/contacts/${part(user)}`)
  }

  async blocks(): Promise<readonly UserId[]> {
    return usersOf(await this.#list('blocks'))
  }

  async block(user: UserId): Promise<void> {
    await this.#http.call('PUT', `/v1/me/blocks/${part(user)}`)
  }

  async unblock(user: UserId): Promise<void> {
    await this.#http.call('DELETE', `/v1/me/blocks/${part(user)}`)
  }

  async devices(): Promise<readonly Device[]> {
    return (await this.#list('devices')).map(deviceOf)
  }

  async removeDevice(device: DeviceId): Promise<void> {
    await this.#http.call('DELETE', `/v1/me/devices/${part(device)}`)
  }

  async badge(): Promise<number> {
    return number((await this.#http.call('GET', '/v1/me/badge')).unread) ?? 0
  }

  async #list(what: string): Promise<Json[]> {
    const items: Json[] = []
    let query = ''
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.#http.call('GET', `/v1/me/${what}${query}`)
      items.push(...itemsOf(answer).filter(isJson))
      const next = text(answer.next)
      if (next === undefined) break
      query = `?cursor=${encodeURIComponent(next)}`
    }
    return items
  }
}

const usersOf = (items: readonly Json[]): UserId[] => items.flatMap(({ user }) => text(user) ?? [])

function muteOf(value: unknown): Mute {
  const mute = isJson(value) ? value : {}
  return { until: text(mute.until) ?? null, mentions: mute.mentions !== false }
}

function settingsOf(answer: Json): Settings {
  const told = isJson(answer.settings) ? answer.settings : {}
  const audience = (value: unknown) => AUDIENCES.find((one) => one === value) ?? 'everyone'
  return {
    read_receipts: told.read_receipts !== false,
    presence: audience(told.presence),
    last_seen: audience(told.last_seen),
    locale: text(told.locale) ?? null,
    time_zone: text(told.time_zone) ?? null,
    theme: THEMES.find((one) => one === told.theme) ?? 'system',
    app: isJson(told.app) ? told.app : {},
  }
}

const deviceOf = (item: Json): Device => ({
  id: text(item.id) ?? '',
  name: text(item.name) ?? null,
  platform: text(item.platform) ?? null,
  created_at: text(item.created_at) ?? '',
  active_at: text(item.active_at) ?? '',
  current: item.current === true,
})
