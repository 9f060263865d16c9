/** How a session's frames travel. `command`: only commands over HTTP, one after the other, without events. */
export type Transport = 'websocket' | 'sse' | 'poll' | 'command'
