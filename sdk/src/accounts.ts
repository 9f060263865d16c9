import type { Accounts } from './api/client.ts'
import { WeftError } from './errors.ts'
import type { Http, Tokens } from './http.ts'
import type { Store } from './options.ts'
import type { AuthSession, DeviceId, User, UserId, UserStatus } from './types.ts'
import { isJson, type Json, number, text } from './wire.ts'

const KEY = 'session'
/** A token that ends within this, or the last quarter of its life, is refreshed before it is used. */
const EARLY_MS = 30_000
const EARLY_SHARE = 0.25
const DEFAULT_EXPIRES_S = 300

interface Saved {
  readonly user: User
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: number
  /** From then on it is exchanged for a new one. */
  readonly refreshAt: number
}

function parseStatus(value: unknown): UserStatus | undefined {
  if (!isJson(value)) return undefined
  return { text: text(value.text) ?? '', emoji: text(value.emoji) ?? null, until: text(value.until) ?? null }
}

export function parseUser(value: unknown): User {
  const user = isJson(value) ? value : {}
  const id = text(user.id)
  if (id === undefined) throw new WeftError('unavailable', 'the server answered without a user')
  const name = text(user.name) ?? id
  const status = parseStatus(user.status)
  return {
    id,
    name,
    display_name: text(user.display_name) ?? name,
    avatar: text(user.avatar) ?? null,
    ...(status ? { status } : {}),
  }
}

function parseSaved(value: unknown): Saved | undefined {
  if (!isJson(value) || !isJson(value.user)) return undefined
  const { accessToken, refreshToken } = value
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') return undefined
  const expiresAt = number(value.expiresAt) ?? 0
  const refreshAt = number(value.refreshAt) ?? expiresAt - EARLY_MS
  return { user: parseUser(value.user), accessToken, refreshToken, expiresAt, refreshAt }
}

export interface AccountHooks {
  device(): Promise<DeviceId>
  loggedIn(user: UserId): void
  /** Disconnects and wipes what belongs to the user. */
  loggedOut(): Promise<void>
}

/** One refresh at a time, over all tabs: a refresh token that is used twice ends the whole log-in. */
type Exclusive = <T>(work: () => Promise<T>) => Promise<T>

export class SessionAccounts implements Accounts, Tokens {
  readonly #http: Http
  readonly #store: Store
  readonly #hooks: AccountHooks
  readonly #exclusive: Exclusive
  #saved: Saved | undefined
  #refreshing: Promise<string> | undefined

  constructor(http: Http, store: Store, hooks: AccountHooks, exclusive: Exclusive) {
    this.#http = http
    this.#store = store
    this.#hooks = hooks
    this.#exclusive = exclusive
  }

  get current(): AuthSession | undefined {
    return this.#saved && { user: this.#saved.user, expiresAt: this.#saved.expiresAt }
  }

  /** From the store: another tab may have logged in, out, or refreshed. */
  async load(): Promise<AuthSession | undefined> {
    this.#saved = parseSaved(await this.#store.get(KEY))
    return this.current
  }

  async signUp(name: string, password: string, options: { displayName?: string } = {}): Promise<User> {
    const { displayName } = options
    const body = { name, password, ...(displayName === undefined ? {} : { display_name: displayName }) }
    await this.#http.open('POST', '/v1/accounts', body)
    return this.logIn(name, password)
  }

  async logIn(name: string, password: string): Promise<User> {
    const device = await this.#hooks.device()
    const answer = await this.#http.open('POST', '/v1/sessions', { name, password, device })
    const saved = fromAnswer(answer)
    await this.#save(saved)
    this.#hooks.loggedIn(saved.user.id)
    return saved.user
  }

  async logOut(): Promise<void> {
    const token = this.#saved?.accessToken
    await this.#save(undefined)
    await this.#hooks.loggedOut()
    if (token === undefined) return
    try {
      await this.#http.open('DELETE', '/v1/sessions/current', undefined, token)
    } catch (error) {
      // Logged out here either way: without its tokens the session can only run out.
      if (!(error instanceof WeftError)) throw error
    }
  }

  get(stale?: string): Promise<string> {
    const saved = this.#saved
    if (saved && saved.accessToken !== stale && saved.refreshAt > Date.now()) {
      return Promise.resolve(saved.accessToken)
    }
    this.#refreshing ??= this.#exclusive(() => this.#refresh(stale)).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(stale: string | undefined): Promise<string> {
    await this.load()
    const saved = this.#saved
    if (!saved) throw new WeftError('unauthenticated', 'nobody is logged in')
    // Another tab has refreshed while this one waited for its turn.
    if (saved.accessToken !== stale && saved.refreshAt > Date.now()) return saved.accessToken
    try {
      const body = { refresh_token: saved.refreshToken }
      const answer = await this.#http.open('POST', '/v1/sessions/refresh', body)
      const next = fromAnswer(answer, saved)
      await this.#save(next)
      return next.accessToken
    } catch (error) {
      if (error instanceof WeftError && error.code === 'unauthenticated') await this.#save(undefined)
      // A token that is merely close to its end is still good while the server can't be asked.
      else if (saved.accessToken !== stale && saved.expiresAt > Date.now()) return saved.accessToken
      throw error
    }
  }

  async #save(saved: Saved | undefined): Promise<void> {
    this.#saved = saved
    await this.#store.write(new Map([[KEY, saved]]))
  }
}

/** A refresh may answer without the user, who stays the same. */
function fromAnswer(answer: Json, before?: Saved): Saved {
  const accessToken = text(answer.access_token)
  const refreshToken = text(answer.refresh_token) ?? before?.refreshToken
  if (accessToken === undefined || refreshToken === undefined) {
    throw new WeftError('unavailable', 'the server answered without tokens')
  }
  const user = before && !isJson(answer.user) ? before.user : parseUser(answer.user)
  const lifeMs = (number(answer.expires_in) ?? DEFAULT_EXPIRES_S) * 1000
  const expiresAt = Date.now() + lifeMs
  const refreshAt = expiresAt - Math.min(EARLY_MS, lifeMs * EARLY_SHARE)
  return { user, accessToken, refreshToken, expiresAt, refreshAt }
}
