import type { Route } from './types.ts'

/** Those that the operator named; else this one, as the client reached it. */
export const listEdges: Route<'listEdges'> = ({ config, fabric }, { header }) => {
  const isSecure = config.trustProxy === 'on' && header('x-forwarded-proto') === 'https'
  const asAsked = `${isSecure ? 'wss' : 'ws'}://${header('host')}/v1/ws`
  const urls = config.edges.length > 0 ? config.edges : [config.publicUrl ?? asAsked]
  return { status: 200, body: { items: urls.map((url) => ({ url, region: fabric.region })), next: null } }
}
