import type { Option } from 'commander'
import type { CliCommand } from './command.ts'

/** A line of a list in a help text: what is typed, and what it means. */
export type HelpRow = readonly [term: string, description: string]

/** The text of `--help`, laid out as docker's. */
export function helpText(command: CliCommand): string {
  const { summary, aliases } = command.shape
  const sections = [`Usage:  ${command.name()} ${command.usage()}`, summary]
  if (aliases) sections.push(`Aliases:\n  ${aliases.map((alias) => `engineroom ${alias}`).join(', ')}`)
  const options = optionRows(command)
  if (options.length > 0) sections.push(`Options:\n${rows(options)}`)
  return `${sections.join('\n\n')}\n`
}

/** The flags of a command, sorted as docker sorts them: by their long names. */
export function optionRows(command: CliCommand): HelpRow[] {
  const shown = command.options.filter(({ hidden }) => !hidden)
  shown.sort((a, b) => (a.long ?? '').localeCompare(b.long ?? ''))
  return shown.map((option) => [`${option.short === undefined ? '    ' : ''}${plainFlags(option)}`, option.description])
}

/** `-e, --env <list>` → `-e, --env list` */
function plainFlags({ flags }: Option): string {
  return flags.replace(/[<>]/g, '')
}

/** Two columns, the right one wrapped at the width of the terminal. */
export function rows(list: readonly HelpRow[], width = process.stdout.columns || 80): string {
  const left = Math.max(...list.map(([term]) => term.length)) + 5
  return list.map(([term, description]) => `  ${term}`.padEnd(left) + wrap(description, left, Math.max(width, left + 24))).join('\n')
}

function wrap(text: string, indent: number, width: number): string {
  return text
    .split('\n')
    .map((paragraph) => wrapParagraph(paragraph, width - 1 - indent).join(`\n${' '.repeat(indent)}`))
    .join(`\n${' '.repeat(indent)}`)
}

function wrapParagraph(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
