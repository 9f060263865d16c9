import { z } from 'zod'
import { next, operation } from './operation.ts'

export const edgeOperations = {
  listEdges: operation({
    method: 'GET',
    path: '/v1/edges',
    summary: 'Edges to connect to, best first',
    auth: false,
    query: null,
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ url: z.string(), region: z.string() })), next }) },
  }),
} as const
