import { render } from 'preact'
import { createApp } from './app.ts'
import { Root } from './ui/root.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('the page has no #app')
render(<Root app={createApp()} />, root)
