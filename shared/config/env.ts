/**
 * Environment variables, read in each service's config.ts and nowhere else. Each is declared with its default and a
 * sentence, so that the documentation can be made from (and checked against) what the code reads.
 */
export type Setting<T> = {
  readonly name: string
  readonly doc: string
  readonly fallback: string | undefined
  readonly parse: (text: string) => T
}

/** What is wrong with a setting, and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Options = { readonly doc: string; readonly default?: string }

export const text = (name: string, { doc, default: fallback }: Options): Setting<string> => ({
  name,
  doc,
  fallback,
  parse: (value) => value,
})

export const optionalText = (name: string, doc: string): Setting<string | undefined> => ({
  name,
  doc,
  fallback: '',
  parse: (value) => (value === '' ? undefined : value),
})

/** Separated by commas; empty = none. */
export const list = (name: string, doc: string): Setting<readonly string[]> => ({
  name,
  doc,
  fallback: '',
  parse: (value) => value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])),
})

export const pattern = (name: string, shape: RegExp, options: Options): Setting<string> => ({
  ...text(name, options),
  parse: (value) => {
    if (!shape.test(value)) throw new ConfigError(`must match ${shape}`)
    return value
  },
})

export const integer = (name: string, min: number, max: number, options: Options): Setting<number> => ({
  name,
  doc: options.doc,
  fallback: options.default,
  parse: (value) => {
    const parsed = Number(value)
    if (!Number.isInteger(parsed) || parsed < min || parsed > max)
      throw new ConfigError(`must be a whole number from ${min} to ${max}`)
    return parsed
  },
})

export const oneOf = <const Choice extends string>(
  name: string,
  choices: readonly Choice[],
  options: { readonly doc: string; readonly default: NoInfer<Choice> },
): Setting<Choice> => ({
  name,
  doc: `${options.doc} (${choices.join(', ')})`,
  fallback: options.default,
  parse: (value) => {
    const choice = choices.find((candidate) => candidate === value)
    if (choice === undefined) throw new ConfigError(`must be one of ${choices.join(', ')}`)
    return choice
  },
})

type Settings = Readonly<Record<string, Setting<unknown>>>
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** @throws ConfigError that names the variable, its value and the cure. */
export function readSettings<S extends Settings>(
  settings: S,
  env: NodeJS.ProcessEnv = process.env,
): Values<S> {
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(settings)) {
    const given = env[setting.name] ?? setting.fallback
    if (given === undefined) throw new ConfigError(`${setting.name} is not set: ${setting.doc}`)
    try {
      values[key] = setting.parse(given)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new ConfigError(`${setting.name}=${JSON.stringify(given)} ${why}`)
    }
  }
  return values as Values<S>
}
