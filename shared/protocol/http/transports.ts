import { z } from 'zod'
import { deviceIdSchema } from '../ids.ts'
import { operation, queryNumber } from './operation.ts'

/** Longest that a poll may wait (s). */
export const POLL_MAX_S = 55
export const POLL_DEFAULT_S = 25

const cursor = z.string().min(1).max(128).describe('the last that the client has; absent = from the head')
const device = deviceIdSchema.describe('the client’s own id; absent = `http`')

/** The session over HTTP: the frames of the WebSocket by SSE or long polling, commands by POST. */
export const transportOperations = {
  openEvents: operation({
    method: 'GET',
    path: '/v1/events',
    summary:
      'Events as Server-Sent Events: `id` is the cursor, `data` the frame. Goes on from Last-Event-ID, else `cursor`. A `closed` frame before the end says why',
    auth: 'token or ticket',
    query: z.object({
      device: device.optional(),
      cursor: cursor.optional(),
      ticket: z.string().max(128).optional().describe('single use, from POST /v1/tickets'),
    }),
    body: null,
    answers: { 200: null },
  }),
  poll: operation({
    method: 'GET',
    path: '/v1/poll',
    summary: 'Frames since the cursor, at once if there are any, else within `wait` seconds',
    auth: true,
    query: z.object({
      device: device.optional(),
      cursor: cursor.optional(),
      wait: queryNumber(0, POLL_MAX_S, `seconds; ${POLL_DEFAULT_S} if absent`).optional(),
    }),
    body: null,
    answers: {
      200: z.object({
        frames: z.array(z.record(z.string(), z.unknown())),
        cursor: z.string().nullable(),
        session: z.string(),
      }),
    },
  }),
  command: operation({
    method: 'POST',
    path: '/v1/commands',
    summary:
      'One frame; the answer frame is the body (204 where there is none). Commands of a session name it in the header Weft-Session',
    auth: true,
    query: z.object({ device: device.optional() }),
    body: z.record(z.string(), z.unknown()),
    answers: { 200: z.record(z.string(), z.unknown()), 204: null },
  }),
  createTicket: operation({
    method: 'POST',
    path: '/v1/tickets',
    summary: 'A ticket for one GET /v1/events, where no header can be set',
    auth: true,
    query: null,
    body: null,
    answers: { 201: z.object({ ticket: z.string(), expires_in: z.number().int().describe('seconds') }) },
  }),
} as const
