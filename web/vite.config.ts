import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const api = process.env.WEFT_API ?? 'http://127.0.0.1:8080'

/** Builds the page to `web/dist`; `vite --config web/vite.config.ts` serves it against a running Weft (`WEFT_API`). */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: {
    target: 'es2022',
    // The server sends `script-src 'self'` and `img-src 'self'`: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { '/v1': { target: api, ws: true } } },
})
