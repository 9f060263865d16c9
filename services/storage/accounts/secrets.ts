import { createHash, randomBytes } from 'node:crypto'
import { type SessionId, trusted, type UserId } from '../../../shared/protocol/ids.ts'

const ID_BYTES = 12
const SECRET_BYTES = 32

export const newUserId = (): UserId => trusted<UserId>(`u${randomBytes(ID_BYTES).toString('base64url')}`)
export const newFamilyId = (): SessionId =>
  trusted<SessionId>(`f${randomBytes(ID_BYTES).toString('base64url')}`)

export const newRefreshToken = (): string => randomBytes(SECRET_BYTES).toString('base64url')
/** The store holds only this: a token has 256 random bits, so a fast hash is enough. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url')
