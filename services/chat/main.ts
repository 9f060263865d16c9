import { runService } from '../../shared/run.ts'
import { chatConfig } from './config.ts'
import { createChat } from './service.ts'

await runService('chat', ({ fabric, directory, log }, env) =>
  createChat({ config: chatConfig(env), fabric, directory, log }),
)
