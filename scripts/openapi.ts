import { z } from 'zod'
import { errorSchema, type HttpOperation, httpOperations } from '../shared/protocol/http.ts'

const jsonSchema = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

const json = (schema: z.ZodType) => ({ 'application/json': { schema: jsonSchema(schema) } })

function parameters(operation: HttpOperation): object[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  }))
  if (!(operation.query instanceof z.ZodObject)) return inPath
  const inQuery = Object.entries(operation.query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !z.safeParse(schema, undefined).success,
    schema: jsonSchema(schema),
  }))
  return [...inPath, ...inQuery]
}

function describe(name: string, operation: HttpOperation): object {
  const answers = Object.entries(operation.answers).map(([status, schema]) => [
    status,
    schema === null ? { description: 'done' } : { description: 'done', content: json(schema) },
  ])
  return {
    operationId: name,
    summary: operation.summary,
    ...(operation.auth ? { security: [{ token: [] }] } : {}),
    parameters: parameters(operation),
    ...(operation.body === null
      ? {}
      : {
          requestBody: {
            required: !operation.body.safeParse(undefined).success,
            content: json(operation.body),
          },
        }),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: 'an error of PROTOCOL.md, with the matching status',
        content: json(errorSchema),
      },
    },
  }
}

/** The HTTP calls of PROTOCOL.md as OpenAPI 3.1, from the schemas that the edge checks requests with. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, operation] of Object.entries(httpOperations)) {
    const methods = (paths[operation.path] ??= {})
    methods[operation.method.toLowerCase()] = describe(name, operation)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Weft', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: 'http://localhost:8080' }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  }
}
