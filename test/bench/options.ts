import { parseArgs } from 'node:util'

export type Options = {
  /** Empty = all. */
  readonly rows: readonly string[]
  /** Undefined = as the row has it. */
  readonly runs: number | undefined
  readonly seconds: number
  readonly warmupSeconds: number
  readonly scale: number
  /** Also put the figures into docs/benchmarks.md. */
  readonly docs: boolean
  /** Where the JSON goes; rows that stand there and are not run stay. */
  readonly json: string
  /** For the fabric's node. */
  readonly nodeArgs: readonly string[]
  /** Under which the fabrics' folders are made; undefined = the system's folder for temporary files. */
  readonly data: string | undefined
  /** Leave it to the kernel what runs where. */
  readonly unpinned: boolean
}

export const USAGE = `npm run bench -- [row …] [options]
  --runs <n>         how often each row is run (3; 1 for those that compare with themselves)
  --seconds <n>      length of each measurement (10)
  --warmup <n>       seconds before it (3)
  --scale <n>        multiplies the number of clients, for a quick look (1)
  --json <path>      where the figures go as JSON (.cache/bench.json)
                     rows that stand there already and are not run stay
  --docs             put the figures into docs/benchmarks.md too
  --data <folder>    on the disk to be measured (the system's folder for temporary files)
  --unpinned         leave it to the kernel what runs on which core
  --node-args=<args> for the fabric's node, say --node-args="--cpu-prof --cpu-prof-dir=/tmp/profile"`

/** @throws with what is wrong, for people. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      seconds: { type: 'string', default: '10' },
      warmup: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      json: { type: 'string', default: '.cache/bench.json' },
      data: { type: 'string' },
      docs: { type: 'boolean', default: false },
      unpinned: { type: 'boolean', default: false },
      'node-args': { type: 'string', default: '' },
    },
  })
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}; there are ${known.join(', ')}`)
  const positive = (name: 'runs' | 'seconds' | 'warmup' | 'scale'): number => {
    const value = Number(values[name])
    if (Number.isFinite(value) && value > 0) return value
    throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`)
  }
  return {
    rows: positionals,
    runs: values.runs === undefined ? undefined : Math.ceil(positive('runs')),
    seconds: positive('seconds'),
    warmupSeconds: positive('warmup'),
    scale: positive('scale'),
    json: values.json,
    nodeArgs: values['node-args'].split(' ').filter((part) => part !== ''),
    data: values.data,
    docs: values.docs,
    unpinned: values.unpinned,
  }
}
