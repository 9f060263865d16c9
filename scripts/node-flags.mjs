/**
 * What Node is run with, wherever Weft runs. Messages in flight outlive V8's default young generation (16 MiB) under
 * load and would all be copied (12 % of the CPU time).
 */
export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=64']
