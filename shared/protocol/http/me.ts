import { z } from 'zod'
import { bodySchema, time } from '../events.ts'
import { channelIdSchema, deviceIdSchema, userIdSchema } from '../ids.ts'
import { muteSchema, settingsPatchSchema, settingsSchema } from '../settings.ts'
import { limit, next, operation, pageCursor } from './operation.ts'

const page = z.object({ limit, cursor: pageCursor })
const nothing = { query: null, body: null, answers: { 204: null } } as const
const count = z.number().int().min(0)

/** What a user keeps of their own: settings, mutes, drafts, contacts, blocks, devices; and how far others hold and read. */
export const meOperations = {
  getSettings: operation({
    method: 'GET',
    path: '/v1/me/settings',
    summary: 'My settings',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ settings: settingsSchema }) },
  }),
  patchSettings: operation({
    method: 'PATCH',
    path: '/v1/me/settings',
    summary: 'Change what is given of my settings; `app` holds what the client wants, null forgets a key',
    auth: true,
    query: null,
    body: settingsPatchSchema,
    answers: { 200: z.object({ settings: settingsSchema }) },
  }),
  putMute: operation({
    method: 'PUT',
    path: '/v1/channels/{channel}/mute',
    summary: 'Mute a channel until a time, or for ever; mentions come through unless told otherwise',
    auth: true,
    query: null,
    body: muteSchema.partial().optional(),
    answers: { 200: z.object({ mute: muteSchema }) },
  }),
  deleteMute: operation({
    method: 'DELETE',
    path: '/v1/channels/{channel}/mute',
    summary: 'Hear of a channel again',
    auth: true,
    ...nothing,
  }),
  putDraft: operation({
    method: 'PUT',
    path: '/v1/channels/{channel}/draft',
    summary: 'Keep what I typed and did not send, for all my devices; the latest wins',
    auth: true,
    query: null,
    body: z.object({ body: bodySchema }),
    answers: { 204: null },
  }),
  deleteDraft: operation({
    method: 'DELETE',
    path: '/v1/channels/{channel}/draft',
    summary: 'Forget what I typed there',
    auth: true,
    ...nothing,
  }),
  listMutes: operation({
    method: 'GET',
    path: '/v1/me/mutes',
    summary: 'Channels that I muted, also those whose time is over',
    auth: true,
    query: page,
    body: null,
    answers: {
      200: z.object({ items: z.array(z.object({ channel: channelIdSchema, mute: muteSchema })), next }),
    },
  }),
  listDrafts: operation({
    method: 'GET',
    path: '/v1/me/drafts',
    summary: 'What I typed and did not send',
    auth: true,
    query: page,
    body: null,
    answers: {
      200: z.object({ items: z.array(z.object({ channel: channelIdSchema, body: bodySchema })), next }),
    },
  }),
  listContacts: operation({
    method: 'GET',
    path: '/v1/me/contacts',
    summary: 'My contacts, ascending by id',
    auth: true,
    query: page,
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ user: userIdSchema })), next }) },
  }),
  putContact: operation({
    method: 'PUT',
    path: '/v1/me/contacts/{user}',
    summary: 'Add a contact',
    auth: true,
    ...nothing,
  }),
  deleteContact: operation({
    method: 'DELETE',
    path: '/v1/me/contacts/{user}',
    summary: 'Remove a contact',
    auth: true,
    ...nothing,
  }),
  listBlocks: operation({
    method: 'GET',
    path: '/v1/me/blocks',
    summary: 'Whom I blocked, ascending by id',
    auth: true,
    query: page,
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ user: userIdSchema })), next }) },
  }),
  putBlock: operation({
    method: 'PUT',
    path: '/v1/me/blocks/{user}',
    summary: 'Block someone: they can’t write to me, add me to a channel, or see whether I am there',
    auth: true,
    ...nothing,
  }),
  deleteBlock: operation({
    method: 'DELETE',
    path: '/v1/me/blocks/{user}',
    summary: 'Unblock someone',
    auth: true,
    ...nothing,
  }),
  getBadge: operation({
    method: 'GET',
    path: '/v1/me/badge',
    summary:
      'What a badge shows: the unread messages of channels that aren’t muted, and of those that are, the ones that mention me where mentions come through',
    auth: true,
    query: null,
    body: null,
    answers: {
      200: z.object({ unread: count, cursor: z.string().describe('it counts every event up to here') }),
    },
  }),
  listDevices: operation({
    method: 'GET',
    path: '/v1/me/devices',
    summary: 'Devices that are logged in',
    auth: true,
    query: null,
    body: null,
    answers: {
      200: z.object({
        items: z.array(
          z.object({
            id: deviceIdSchema,
            name: z.string().nullable(),
            platform: z.string().nullable(),
            created_at: time,
            active_at: time,
            current: z.boolean().describe('whether the token of this very request is its'),
          }),
        ),
        next,
      }),
    },
  }),
  deleteDevice: operation({
    method: 'DELETE',
    path: '/v1/me/devices/{device}',
    summary: 'Remove a device: its sessions close and its tokens end at once',
    auth: true,
    ...nothing,
  }),
  listReceipts: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/receipts',
    summary: 'How far each other member holds and has read a small channel',
    auth: true,
    query: null,
    body: null,
    answers: {
      200: z.object({
        items: z.array(z.object({ user: userIdSchema, delivered: count, read: count })),
        next,
      }),
    },
  }),
} as const
