import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Service } from '../service.ts'
import { collectProcessMetrics, registry } from './metrics.ts'

/** Serves operators `/healthz`, `/readyz` and `/metrics` on a port of their own. */
export async function startOpsServer(
  services: readonly Service[],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; readonly close: () => void }> {
  collectProcessMetrics()
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (request.url === '/healthz') return answer(200, 'ok\n')
    if (request.url === '/readyz') {
      const missing = services.flatMap((service) => {
        const why = service.notReady()
        return why === null ? [] : [`${service.name}: ${why}`]
      })
      return missing.length === 0 ? answer(200, 'ready\n') : answer(503, `${missing.join('\n')}\n`)
    }
    if (request.url === '/metrics') {
      return registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, `${String(error)}\n`),
      )
    }
    return answer(404, 'not found\n')
  })
  await listen(server, host, port)
  const address = server.address() as AddressInfo
  return { url: `http://${host}:${address.port}`, close: () => server.close() }
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
