import { formatMachine, formatNumber, type Report, type RowReport } from './report.ts'

const BEGIN = '<!-- figures -->'
const END = '<!-- end of figures -->'

/** The page with the report between its two marks. @throws if it has none. */
export function withFigures(page: string, report: Report): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`the page lacks ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${format(report)}\n\n${page.slice(to)}`
}

const format = ({ machine, rows }: Report): string =>
  [formatMachine(machine).split('\n').join('  \n'), ...rows.map(formatRow)].join('\n\n')

function formatRow({ name, title, figures, notes, faults, runs, date, commit }: RowReport): string {
  const lines = Object.entries(figures).map(([what, { median, min, max, unit }]) => {
    const range = min === max ? '' : `${formatNumber(min)} … ${formatNumber(max)}`
    return `| ${what} | ${formatNumber(median)} ${unit} | ${range} |`
  })
  const remarks = [...faults.map((fault) => `**Fault**: ${fault}`), ...notes]
  return [
    `### \`${name}\`: ${title}`,
    '',
    `${runs.length === 1 ? 'One run' : `${runs.length} runs`}, ${date.slice(0, 10)}, commit ${commit}.`,
    '',
    '| figure | median | range |',
    '| --- | --- | --- |',
    ...lines,
    ...(remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `- ${remark}`)]),
  ].join('\n')
}
