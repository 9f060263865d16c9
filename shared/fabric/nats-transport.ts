import { createConnection, type Socket } from 'node:net'
import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js'
import { WholeReads } from './whole-reads.ts'

/** The client's own transport, but for how a socket is read: into slabs, and handed on message by message. */
export class FabricTransport extends NodeTransport {
  override dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    const reads = new WholeReads()
    const onread = {
      buffer: () => reads.space(),
      callback: (bytes: number): boolean => {
        const whole = reads.took(bytes)
        if (whole !== null) socket.emit('data', whole)
        return true
      },
    }
    const socket = createConnection({ host: hostname, port, onread })
    socket.setNoDelay(true)
    return new Promise((resolve, reject) => {
      let why: Error | undefined
      const settle = () => socket.removeAllListeners()
      socket.once('connect', () => {
        settle()
        resolve(socket)
      })
      socket.once('error', (error) => {
        why = error
      })
      socket.once('close', () => {
        settle()
        reject(why ?? new Error('the connection was closed before it stood'))
      })
    })
  }
}
