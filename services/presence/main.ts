import { runService } from '../../shared/run.ts'
import { presenceConfig } from './config.ts'
import { createPresence } from './service.ts'

await runService('presence', ({ fabric, directory, log }, env) =>
  createPresence({ config: presenceConfig(env), fabric, directory, log }),
)
