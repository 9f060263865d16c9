/** A client's WebSocket, as the rest of the edge sees it. After `end` nothing else may be called. */
export interface Socket {
  send(data: string | Uint8Array): void
  /** Bytes that the client hasn't taken yet. */
  buffered(): number
  /** Several sends as one write. */
  cork(run: () => void): void
  /** As one write, frames that others are sent too: what is made of them is made once for all. */
  sendShared?(frames: readonly Uint8Array[]): void
  /** Takes what the server publishes to a topic from now on; one that can't is sent it singly. */
  subscribe?(topic: string): boolean
  unsubscribe?(topic: string): void
  end(code: number, reason: string): void
}

/** What the server tells the edge of a WebSocket. */
export interface SocketHandler {
  /** Valid only during the call. */
  message(data: ArrayBuffer, isBinary: boolean): void
  /** A ping or pong of the WebSocket protocol itself: a sign of life. */
  alive(): void
  /** The client has taken what was buffered, or some of it. */
  drained(): void
  closed(): void
}
