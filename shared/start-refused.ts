/**
 * A process can't start, for a reason that its message explains to whoever started it: what is wrong and what to do.
 * It is shown as it is, without a stack.
 */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
  /** 2: the configuration is wrong, and trying again is no use. 1: something that this process needs isn't there. */
  readonly exitCode: 1 | 2

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}
