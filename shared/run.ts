import { ConfigError } from './config/env.ts'
import { fabricConfig, type RunConfig } from './config/fabric.ts'
import { connectFabric, type Fabric } from './fabric/connection.ts'
import { Directory } from './fabric/directory.ts'
import { onceAnswered } from './fabric/once-answered.ts'
import { ensureFabric, SetupRefused } from './fabric/setup.ts'
import { createLog, type Log } from './log/log.ts'
import { startOpsServer } from './metrics/ops-server.ts'
import { drainOnSignal, type Service } from './service.ts'
import { StartRefused } from './start-refused.ts'

/** What a service is made from. */
export type Parts = { readonly fabric: Fabric; readonly directory: Directory; readonly log: Log }

/** Connects to the fabric and brings it up to date; a connection that is of no use is closed again. */
export async function openParts(config: RunConfig, name: string, log: Log): Promise<Parts> {
  const fabric = await connectFabric(config.fabric, name, log)
  try {
    await onceAnswered(() => ensureFabric(fabric, config.setup, log), log)
    return { fabric, directory: await onceAnswered(() => Directory.open(fabric, log), log), log }
  } catch (error) {
    await fabric.close()
    throw error
  }
}

/** Runs one service as a process of its own, until a signal. A wrong configuration is one line and exit code 2. */
export async function runService(
  name: string,
  create: (parts: Parts, env: NodeJS.ProcessEnv) => Promise<Service>,
): Promise<void> {
  try {
    const config = fabricConfig(process.env)
    const log = createLog(name, config.logLevel)
    const parts = await openParts(config, name, log)
    const service = await create(parts, process.env)
    const ops = await startOpsServer([service], config.ops)
    drainOnSignal(log, [service], async () => {
      ops.close()
      parts.directory.close()
      await parts.fabric.close()
    })
    log.info({ ops: ops.url, region: config.fabric.region }, `${name} is running`)
  } catch (error) {
    failAtStart(name, error)
  }
}

/** Ends the process with one line that says what to do, where that is known. */
export function failAtStart(name: string, error: unknown): never {
  const { text, code } = explain(error)
  process.stderr.write(`weft ${name}: ${text}\n`)
  process.exit(code)
}

function explain(error: unknown): { readonly text: string; readonly code: number } {
  if (error instanceof ConfigError || error instanceof SetupRefused) return { text: error.message, code: 2 }
  if (error instanceof StartRefused) return { text: error.message, code: error.exitCode }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 }
}
