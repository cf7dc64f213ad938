import { messageOf } from '../../errors.ts'
import { Template } from '../template/template.ts'
import { type Fields, ROW } from '../template/values.ts'
import { tabColumns } from './tab-columns.ts'

/** What a list can show: the name in templates → the title in tables, and the text for an item. */
export type Columns<T> = Readonly<Record<string, readonly [title: string, text: (item: T) => string | null]>>

/** Functions that templates can call on an item, e.g. `{{.Label "x"}}`, with their value in the header of a table. */
export type Methods<T> = Readonly<Record<string, { readonly title: (argument: string) => string; readonly text: (item: T, argument: string) => string }>>

export interface ListingShape<T> {
  readonly columns: Columns<T>
  readonly methods?: Methods<T>
  /** The format of `table`. */
  readonly table: string
  /** The format of `raw`. */
  readonly raw?: string
}

/**
 * Lists items as `--format` asks: `table`, `table TEMPLATE`, `json`, `raw`, or a Go template per item.
 * @throws Error with Go's words about the template
 * @see docker CLI reference, "Format command and log output"
 */
export function renderListing<T>(shape: ListingShape<T>, format: string, items: readonly T[]): string {
  const asked = format === 'table' || format === '' ? shape.table : format === 'raw' && shape.raw ? shape.raw : format === 'json' ? '{{json .}}' : format
  const isTable = asked.startsWith('table')
  const template = listTemplate(templateText(isTable ? asked.slice('table'.length) : asked))
  const lines = items.map((item) => `${template.render(rowOf(shape, item))}\n`).join('')
  if (!isTable) return lines
  return tabColumns(`${template.render(headerOf(shape), { isHeader: true })}\n${lines}`, { minimumWidth: 10, padding: 3 })
}

/** @throws Error with Go's words about the template */
export function listTemplate(text: string): Template {
  try {
    return new Template(text)
  } catch (error) {
    throw new Error(`template parsing error: ${messageOf(error)}`, { cause: error })
  }
}

/** People type `\t` and `\n` in a shell. */
function templateText(text: string): string {
  return text
    .replace(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
}

/** An item as a template sees it; a column's text is made only when it is asked for. */
export function rowOf<T>({ columns, methods = {} }: Pick<ListingShape<T>, 'columns' | 'methods'>, item: T): Fields {
  const row = Object.defineProperty({}, ROW, { value: true })
  for (const name of Object.keys(columns).sort()) {
    Object.defineProperty(row, name, { enumerable: true, get: () => columns[name]?.[1](item) })
  }
  for (const [name, { text }] of Object.entries(methods)) Object.defineProperty(row, name, { value: (argument: string) => text(item, argument) })
  return row
}

function headerOf<T>({ columns, methods = {} }: ListingShape<T>): Fields {
  const titles = Object.entries(columns).map(([name, [title]]) => [name, title])
  return Object.fromEntries([...titles, ...Object.entries(methods).map(([name, { title }]) => [name, title])])
}
