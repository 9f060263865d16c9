import { runService } from '../../shared/run.ts'
import { syncConfig } from './config.ts'
import { createSync } from './service.ts'

await runService('sync', ({ fabric, directory, log }, env) =>
  createSync({ config: syncConfig(env), fabric, directory, log }),
)
