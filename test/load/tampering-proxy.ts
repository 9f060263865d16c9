import { once } from 'node:events'
import { createServer, request } from 'node:http'
import WebSocket, { WebSocketServer } from 'ws'

/** What is done to one message's event frame, once. */
export type Tamper = 'drop' | 'double'
export type TamperingProxy = { readonly url: string; readonly done: () => boolean; stop(): Promise<void> }

/** Lets so many messages through first, so that the chain has begun. */
const LEFT_ALONE = 5

/** Stands before an edge, and does to one event frame what no edge may. */
export async function startTamperingProxy(edge: string, tamper: Tamper): Promise<TamperingProxy> {
  const web = createServer((asked, answer) => {
    const { method, headers } = asked
    const forwarded = request(`${edge}${asked.url ?? ''}`, { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    asked.pipe(forwarded)
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const server = new WebSocketServer({ server: web })
  let messages = 0
  server.on('connection', (client) => {
    const upstream = new WebSocket(`${edge.replace(/^http/, 'ws')}/v1/ws`)
    const early: string[] = []
    client.on('message', (data: Buffer) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data.toString())
      else early.push(data.toString())
    })
    upstream.on('open', () => {
      for (const text of early) upstream.send(text)
    })
    upstream.on('message', (data: Buffer) => {
      const text = data.toString()
      const isChosen = text.includes('"kind":"message"') && ++messages === LEFT_ALONE + 1
      if (!isChosen || tamper === 'double') client.send(text)
      if (isChosen && tamper === 'double') client.send(text)
    })
    client.on('close', () => upstream.close())
    upstream.on('close', () => client.close())
    upstream.on('error', () => client.terminate())
  })
  const address = web.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    done: () => messages > LEFT_ALONE,
    stop: async () => {
      for (const client of server.clients) client.terminate()
      web.closeAllConnections()
      web.close()
      await once(web, 'close')
    },
  }
}
