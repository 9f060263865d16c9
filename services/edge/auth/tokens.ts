import { type CryptoKey, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import { z } from 'zod'
import { jwks } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import { sessionIdSchema, userIdSchema } from '../../../shared/protocol/ids.ts'
import { shownNameSchema } from '../../../shared/protocol/names.ts'
import type { Identity } from './identity.ts'

const ISSUER = 'weft'
/** Clocks of this fabric's machines may differ by this. */
const CLOCK_TOLERANCE_S = 5
/** A key id nobody knows makes us ask for the keys again, but not more often than this (ms). */
const REFETCH_FIRST_MS = 1_000
const REFETCH_LAST_MS = 30_000

const ownClaims = z.object({ sub: userIdSchema, sid: sessionIdSchema, exp: z.number() })
const customerClaims = z.object({
  sub: userIdSchema,
  exp: z.number(),
  iat: z.number().optional().catch(undefined),
  name: shownNameSchema.optional().catch(undefined),
})
const keyShape = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string(),
  x: z.string(),
})

const refused = (message: string, cause?: unknown) => new WeftError('unauthenticated', message, { cause })

/** Checks access tokens: this fabric's own (EdDSA), and a customer's (HS256) where a secret is set. */
export class Tokens {
  readonly #directory: Directory
  readonly #secret: Uint8Array | null
  readonly #keys = new Map<string, CryptoKey>()
  #fetching: Promise<void> | null = null
  #nextFetchAt = 0
  #backoffMs = REFETCH_FIRST_MS

  constructor(directory: Directory, secret: string | undefined) {
    this.#directory = directory
    this.#secret = secret === undefined ? null : Buffer.from(secret)
  }

  /** Whether users need no account of this fabric. */
  get acceptsCustomers(): boolean {
    return this.#secret !== null
  }

  /** @throws `unauthenticated`, or `unavailable` if the keys can't be had. */
  async verify(token: string): Promise<Identity> {
    try {
      const { alg, kid } = decodeProtectedHeader(token)
      if (alg === 'EdDSA' && typeof kid === 'string') return await this.#verifyOwn(token, kid)
      if (alg === 'HS256' && this.#secret !== null) return await this.#verifyCustomers(token, this.#secret)
      throw refused('the access token is of a kind that is not accepted here')
    } catch (error) {
      if (error instanceof WeftError) throw error
      if (error instanceof errors.JWTExpired) throw refused('the access token has expired', error)
      if (error instanceof z.ZodError)
        throw refused('the access token lacks a claim, or one has the wrong shape', error)
      throw refused('the access token is not valid', error)
    }
  }

  async #verifyOwn(token: string, kid: string): Promise<Identity> {
    const key = this.#keys.get(kid) ?? (await this.#fetch(kid))
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      issuer: ISSUER,
      audience: ISSUER,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp', 'sub', 'sid'],
    })
    const { sub, sid, exp } = ownClaims.parse(payload)
    return { user: sub, family: sid, name: null, issuedAt: null, expiresAt: exp * 1000 }
  }

  async #verifyCustomers(token: string, secret: Uint8Array): Promise<Identity> {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp', 'sub'],
    })
    const { sub, exp, iat, name } = customerClaims.parse(payload)
    return {
      user: sub,
      family: null,
      name: name ?? sub,
      issuedAt: iat === undefined ? null : iat * 1000,
      expiresAt: exp * 1000,
    }
  }

  async #fetch(kid: string): Promise<CryptoKey> {
    if (this.#fetching === null) {
      if (performance.now() < this.#nextFetchAt)
        throw refused('the access token was signed with an unknown key')
      this.#fetching = this.#load().finally(() => {
        this.#fetching = null
      })
    }
    await this.#fetching
    const key = this.#keys.get(kid)
    if (key !== undefined) {
      this.#backoffMs = REFETCH_FIRST_MS
      this.#nextFetchAt = 0
      return key
    }
    // Only ids that nobody knows are held back; a storage that didn't answer may be asked again at once.
    this.#nextFetchAt = performance.now() + this.#backoffMs
    this.#backoffMs = Math.min(REFETCH_LAST_MS, this.#backoffMs * 2)
    throw refused('the access token was signed with an unknown key')
  }

  async #load(): Promise<void> {
    const { keys } = await this.#directory.callStorage(jwks, {})
    for (const given of keys) {
      const known = keyShape.safeParse(given)
      if (!known.success || this.#keys.has(known.data.kid)) continue
      const key = await importJWK(known.data, 'EdDSA')
      if (key instanceof Uint8Array) throw unavailable('the published keys are not public keys')
      this.#keys.set(known.data.kid, key)
    }
  }
}
