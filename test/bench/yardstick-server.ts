/** What is measured against: the bare WebSocket library, which keeps nothing and knows nobody. */
import { App, us_socket_local_port } from 'uWebSockets.js'

type Nothing = Record<string, never>

const app = App()
app.ws<Nothing>('/echo', {
  idleTimeout: 0,
  message: (ws, data) => {
    ws.send(data, false)
  },
})
app.ws<{ topic: string }>('/group/:name', {
  idleTimeout: 0,
  upgrade: (response, request, context) => {
    response.upgrade(
      { topic: request.getParameter(0) ?? '' },
      request.getHeader('sec-websocket-key'),
      '',
      request.getHeader('sec-websocket-extensions'),
      context,
    )
  },
  open: (ws) => {
    ws.subscribe(ws.getUserData().topic)
  },
  // By the app, not the socket, which would leave out the sender.
  message: (ws, data) => {
    app.publish(ws.getUserData().topic, data, false)
  },
})
app.listen('127.0.0.1', 0, (listener) => {
  process.stdout.write(listener === false ? 'no port\n' : `ready ${us_socket_local_port(listener)}\n`)
})
