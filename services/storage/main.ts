import { runService } from '../../shared/run.ts'
import { storageConfig } from './config.ts'
import { createStorage } from './service.ts'

await runService('storage', ({ fabric, directory, log }, env) =>
  createStorage({ config: storageConfig(env), fabric, directory, log }),
)
