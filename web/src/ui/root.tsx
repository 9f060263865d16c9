import type { App } from '../app.ts'
import { route } from '../route.ts'
import { Auth } from './auth.tsx'
import { Shell } from './shell.tsx'

export function Root({ app }: { app: App }) {
  if (app.me.value !== undefined) return <Shell app={app} />
  if (!app.booted.value) return null
  return <Auth app={app} mode={route.value.at === 'signup' ? 'signup' : 'login'} />
}
