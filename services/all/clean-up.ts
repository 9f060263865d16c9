import { stopLeftBehind } from '../../shared/fabric/nats-server.ts'
import { allConfig } from './config.ts'

/** Run by scripts/run.mjs after the program was killed: stops the nats-server that it could not. */
await stopLeftBehind(allConfig(process.env).natsFolder)
