import { render } from 'preact'
import { createApp } from './app.ts'
import { Root } from './ui/root.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('the page has no #app')
if ('serviceWorker' in navigator && import.meta.hot === undefined) {
  // Without it (a plain-http address, say) everything works but opening the page offline.
  navigator.serviceWorker.register('/sw.js').catch(console.warn)
}
render(<Root app={createApp()} />, root)
