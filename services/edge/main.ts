import { runService } from '../../shared/run.ts'
import { edgeConfig } from './config.ts'
import { createEdge } from './service.ts'

await runService('edge', async ({ fabric, directory, log }, env) => {
  const edge = await createEdge({ config: edgeConfig(env), fabric, directory, log })
  log.info({ url: edge.url }, 'clients connect here')
  return edge
})
