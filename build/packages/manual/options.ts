import type { Option } from 'commander'
import { bold, italic, item } from './roff.ts'

/** The flags of a command, as its `--help` shows them, by their long names. */
export function optionItems(options: readonly Option[]): string[] {
  return options
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en'))
    .map((option) => item(term(option), option.description))
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? ''
}

/** `-H, --host <list>` with its flags in bold, and what stands for a value in italics. */
function term({ flags, short, long }: Option): string {
  const value = /[<[].*$/.exec(flags)?.[0] ?? ''
  const shown = value.startsWith('[') ? `[=${italic(value.slice(1, -1))}]` : value === '' ? '' : ` ${italic(value.slice(1, -1))}`
  return `${[short, long].flatMap((one) => (one === undefined ? [] : [bold(one)])).join(', ')}${shown}`
}
