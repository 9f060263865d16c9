import { connect, createServer, type Socket } from 'node:net'

export type Proxy = {
  readonly url: string
  /** The next answer to a publish is swallowed and its connection cut; resolves at that moment. */
  readonly cutAtNextPubAck: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Stands between a client and nats-server, and breaks what the test says. */
export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let cut: (() => void) | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // A cut connection ends in an error on one side or the other; that is what this proxy is for.
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      if (cut !== undefined && /"stream":\s*"LOG-[^}]*"seq"/.test(bytes.toString('latin1'))) {
        client.destroy()
        upstream.destroy()
        cut()
        cut = undefined
      } else client.write(bytes)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: `nats://127.0.0.1:${address.port}`,
    cutAtNextPubAck: () =>
      new Promise((resolve) => {
        cut = resolve
      }),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
