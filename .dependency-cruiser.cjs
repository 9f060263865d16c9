/** Who may import whom. */

const SERVICES = ['edge', 'chat', 'sync', 'presence', 'push', 'storage']

module.exports = {
  forbidden: [
    {
      name: 'a-service-imports-only-shared',
      comment: 'Services meet on NATS subjects, never in code; services/all only starts them.',
      severity: 'error',
      from: { path: `^services/(${SERVICES.join('|')})/` },
      to: { path: '^(services|sdk|web|test|scripts)/', pathNot: '^services/$1/' },
    },
    {
      name: 'shared-imports-nothing-above-it',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(services|sdk|web|test|scripts)/' },
    },
    {
      name: 'the-sdk-stands-alone',
      comment: 'It is installed without the rest of the repository and has no dependencies.',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { pathNot: '^sdk/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'the-page-imports-only-the-sdk',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/vite\\.config\\.ts$' },
      to: { path: '^(services|shared|test|scripts)/' },
    },
    {
      name: 'the-checker-stands-alone',
      comment: 'It judges the product by PROTOCOL.md; code shared with it could share its mistakes.',
      severity: 'error',
      from: { path: '^test/checker/' },
      to: { pathNot: '^test/checker/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'uwebsockets-in-one-folder',
      comment: 'test/tidy.test.ts holds it to one file.',
      severity: 'error',
      from: { pathNot: '^services/edge/' },
      to: { path: 'node_modules/(uWebSockets\\.js|uws-pack)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'product-code-uses-no-test-tools',
      severity: 'error',
      from: { path: '^(services|shared|sdk|web)/', pathNot: '^web/vite\\.config\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Tests may import anything; the parser doesn't know their `using` declarations.
    exclude: { path: '(^|/)dist/|\\.d\\.mts$|\\.test\\.tsx?$|(^|/)test/(?!checker(/|$))' },
    // Its TypeScript parser needs an older compiler than ours.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
