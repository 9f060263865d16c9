import { OPTIONS, optionNames } from '../options.ts'
import type { ScenarioName } from '../scenario-list.ts'
import { htmlOf } from './html.ts'
import { type Metric, reportOf, textOf } from './report.ts'
import { users, values } from './settings.ts'

/** What k6 hands to handleSummary, as far as it is used. */
type Data = {
  readonly state: { readonly testRunDurationMs: number }
  readonly metrics: Readonly<Record<string, Metric>>
}

/** Secrets stay out of what is written. */
const SECRET: readonly string[] = ['secret', 'password']

/** k6's handleSummary: text on the console, JSON and HTML into the results folder. */
export function summarize(scenario: ScenarioName): (data: Data) => Record<string, string> {
  const folder = __ENV['WEFT_LOAD_RESULTS'] ?? '.'
  return ({ metrics, state }) => {
    const shown = optionNames.filter((name) => !SECRET.includes(name))
    const report = reportOf({
      scenario,
      at: new Date().toISOString(),
      seconds: values.seconds,
      users: users.length,
      lastedMs: state.testRunDurationMs,
      edges: [...new Set(users.map(({ edge }) => edge))],
      options: Object.fromEntries(shown.map((name) => [OPTIONS[name].env, String(values[name])])),
      metrics,
    })
    return {
      stdout: textOf(report),
      [`${folder}/summary.json`]: `${JSON.stringify(report, null, 2)}\n`,
      [`${folder}/summary.html`]: htmlOf(report),
    }
  }
}
