import { z } from 'zod'

/** Ids are 1–64 characters of `A–Z a–z 0–9 _ -`: nothing in them can mean anything to a NATS subject or a URL. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Branded<'UserId'>
export type DeviceId = Branded<'DeviceId'>
export type ChannelId = Branded<'ChannelId'>
/** The id that a client gives a send, unique per (channel, user). */
export type Cid = Branded<'Cid'>
export type SessionId = Branded<'SessionId'>
export type EdgeId = Branded<'EdgeId'>
/** One running process of a worker. */
export type WorkerId = Branded<'WorkerId'>

const idSchema = <Name extends string>(what: string) =>
  z
    .string()
    .regex(ID_PATTERN, 'must be 1 to 64 characters of A-Z a-z 0-9 _ -')
    .transform((value) => value as Branded<Name>)
    .describe(what)

export const userIdSchema = idSchema<'UserId'>('a user id')
export const deviceIdSchema = idSchema<'DeviceId'>('a device id')
export const channelIdSchema = idSchema<'ChannelId'>('a channel id')
export const cidSchema = idSchema<'Cid'>('the id that the client gives a send')
export const sessionIdSchema = idSchema<'SessionId'>('a session id')
export const edgeIdSchema = idSchema<'EdgeId'>('an edge id')
export const workerIdSchema = idSchema<'WorkerId'>('a worker id')

/** For ids that this fabric wrote itself (a record of its own log, a row of its own store). */
// The type parameter is what the caller vouches for.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const trusted = <Id extends Branded<string>>(value: string): Id => value as Id
