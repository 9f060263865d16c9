import { z } from 'zod'
import { CLOSE, CUT } from '../shared/protocol/close-codes.ts'
import { ERRORS } from '../shared/protocol/errors.ts'
import { clientFrames, serverFrames } from '../shared/protocol/frames.ts'

const jsonSchema = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

const messageName = (side: 'client' | 'server', t: string) => `${side}.${t}`

/** The frames of PROTOCOL.md as AsyncAPI 3.0, from the schemas that check them at run time. */
export function asyncApi(version: string): object {
  const messages: Record<string, object> = {}
  for (const [side, frames] of [
    ['client', clientFrames],
    ['server', serverFrames],
  ] as const) {
    for (const [t, schema] of Object.entries(frames)) {
      messages[messageName(side, t)] = {
        name: t,
        contentType: 'application/json',
        payload: jsonSchema(schema),
      }
    }
  }
  const refs = (side: 'client' | 'server', frames: object) =>
    Object.keys(frames).map((t) => ({ $ref: `#/channels/ws/messages/${messageName(side, t)}` }))
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Weft',
      version,
      description: 'Frames between a client and an edge. The same frames travel over every transport.',
      license: { name: 'Apache-2.0' },
    },
    servers: { local: { host: 'localhost:8080', protocol: 'ws' } },
    channels: {
      ws: {
        address: '/v1/ws',
        description: 'WebSocket, subprotocol weft.v1: one JSON frame a text message.',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        'x-close-codes': Object.fromEntries(
          [...Object.values(CLOSE), CUT].map(({ code, ...rest }) => [code, rest]),
        ),
      },
    },
    operations: {
      toEdge: { action: 'send', channel: { $ref: '#/channels/ws' }, messages: refs('client', clientFrames) },
      toClient: {
        action: 'receive',
        channel: { $ref: '#/channels/ws' },
        messages: refs('server', serverFrames),
      },
    },
    components: { messages },
    'x-errors': ERRORS,
  }
}
