import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type NatsServer, startNatsServer } from '../../shared/fabric/nats-server.ts'
import type { Log } from '../../shared/log/log.ts'
import type { AllConfig } from './config.ts'

const RESTART_FIRST_MS = 100
const RESTART_LAST_MS = 10_000
/** What nats-server 2.15 says when a write failed; from then on that stream takes nothing until the next start. */
const WRITE_FAILED = /critical write error/i
const LOOK_FOR_ROOM_MS = 1_000

/**
 * A nats-server that is started again, at the same port, whenever it ends without having been told to. Ctrl-C in a
 * terminal reaches it too, so it also comes back for the time that draining needs it.
 */
export class SupervisedNats {
  readonly #config: AllConfig
  readonly #log: Log
  #server: NatsServer | undefined
  #restarting: Promise<void> = Promise.resolve()
  #stopping = false
  #renewing = false

  private constructor(config: AllConfig, log: Log) {
    this.#config = config
    this.#log = log
  }

  static async start(config: AllConfig, log: Log): Promise<{ nats: SupervisedNats; server: NatsServer }> {
    const nats = new SupervisedNats(config, log)
    return { nats, server: await nats.#start() }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#restarting
    await this.#server?.stop()
  }

  async #start(port?: number): Promise<NatsServer> {
    const server = await startNatsServer({
      dataDir: this.#config.natsFolder,
      binary: this.#config.natsServer,
      ...(port === undefined ? {} : { port }),
      onWait: (line) => process.stderr.write(`weft start: ${line}\n`),
      onWarning: (line) => {
        this.#log.warn({ nats: line }, 'nats-server warns')
        if (WRITE_FAILED.test(line)) void this.#renew()
      },
      onUnexpectedExit: (exit) => {
        this.#log.warn({ exit }, 'nats-server ended; starting it again')
        this.#restarting = this.#restart(server.port)
      },
    })
    this.#server = server
    return server
  }

  /** Starts it again as soon as there is room on the disk: streams that a full one broke don't mend by themselves. */
  async #renew(): Promise<void> {
    const broken = this.#server
    if (this.#renewing || broken === undefined) return
    this.#renewing = true
    this.#log.error('nats-server could not write; it is started again once there is room on the disk')
    do await pause(LOOK_FOR_ROOM_MS)
    while (!this.#stopping && !(await this.#hasRoom()))
    await this.#restarting
    this.#renewing = false
    // It may have ended by itself meanwhile, and another may be there.
    if (this.#stopping || this.#server !== broken) return
    this.#restarting = broken.stop().then(() => this.#restart(broken.port))
  }

  async #hasRoom(): Promise<boolean> {
    const { natsFolder, diskReserveBytes } = this.#config
    try {
      const { bavail, bsize } = await statfs(natsFolder)
      return bavail * bsize >= diskReserveBytes / 2
    } catch (error) {
      this.#log.warn({ err: error }, 'could not look at the disk')
      return false
    }
  }

  async #restart(port: number): Promise<void> {
    for (let failures = 0; !this.#stopping; failures++) {
      const backoff = Math.min(RESTART_LAST_MS, RESTART_FIRST_MS * 2 ** failures) * (0.5 + Math.random() / 2)
      await new Promise((resolve) => setTimeout(resolve, backoff))
      if (this.#stopping) return
      try {
        await this.#start(port)
        return
      } catch (error) {
        this.#log.error({ err: error }, 'nats-server does not start; trying again')
      }
    }
  }
}
