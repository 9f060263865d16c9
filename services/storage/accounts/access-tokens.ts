import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'
import type { UserShape } from '../../../shared/fabric/calls.ts'
import type { DeviceId, SessionId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'

const ALGORITHM = 'EdDSA'
const ISSUER = 'weft'

/** Signs access tokens. The private key is made once, kept in the store, and never leaves storage. */
export class AccessTokens {
  readonly #kid: string
  readonly #key: CryptoKey
  readonly #seconds: number
  /** RFC 7517. */
  readonly publicKeys: readonly Record<string, unknown>[]

  private constructor(
    kid: string,
    key: CryptoKey,
    publicKeys: readonly Record<string, unknown>[],
    seconds: number,
  ) {
    this.#kid = kid
    this.#key = key
    this.publicKeys = publicKeys
    this.#seconds = seconds
  }

  static async open(store: Store, seconds: number): Promise<AccessTokens> {
    const present = await store.signingKeys()
    // Workers that start together all offer one; the store keeps a single one.
    const stored = present.length > 0 ? present : await store.offerSigningKey(await makeKey())
    const keys = stored.map(({ kid, privateJwk }) => ({ kid, jwk: JSON.parse(privateJwk) as JWK }))
    const newest = keys.at(-1)
    if (newest === undefined) throw new Error('the store kept no signing key')
    const key = await importJWK(newest.jwk, ALGORITHM)
    if (key instanceof Uint8Array) throw new TypeError('the signing key is not a private key')
    const publicKeys = keys.map(({ kid, jwk: { kty, crv, x } }) => ({
      kty,
      crv,
      x,
      kid,
      alg: ALGORITHM,
      use: 'sig',
    }))
    return new AccessTokens(newest.kid, key, publicKeys, seconds)
  }

  sign(user: UserShape, family: SessionId, device: DeviceId): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({ sid: family, dev: device, name: user.name })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#kid })
      .setSubject(user.id)
      .setIssuer(ISSUER)
      .setAudience(ISSUER)
      .setIssuedAt(now)
      .setExpirationTime(now + this.#seconds)
      .sign(this.#key)
  }
}

async function makeKey() {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), privateJwk: JSON.stringify(jwk) }
}
