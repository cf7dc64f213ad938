/**
 * Text for man(7): what has a meaning there at the start of a line or anywhere is made plain.
 * @see https://man7.org/linux/man-pages/man7/groff_man_style.7.html
 */
const SPECIAL: Readonly<Record<string, string>> = { '\\': '\\e', '-': '\\-', '^': '\\(ha', '~': '\\(ti', '`': '\\(ga', "'": '\\(aq' }

export function plain(text: string): string {
  return text.replace(/[\\\-^~`']/g, (one) => SPECIAL[one] ?? one).replace(/^\./gm, '\\&.')
}

export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`
}

export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`
}

export interface PageHead {
  /** As `man` finds it. */
  readonly name: string
  readonly section: 1 | 8
  /** `2026-11-28` */
  readonly date: string
  readonly version: string
}

/** The first lines of a page, up to what `apropos` shows. */
export function head({ name, section, date, version }: PageHead, summary: string): string {
  return [
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} ${section} ${date} "Engineroom ${version}" Engineroom`,
    '.SH NAME',
    `${plain(name)} \\- ${plain(summary)}`,
    '',
  ].join('\n')
}

export function section(title: string, ...lines: readonly string[]): string {
  return [`.SH ${JSON.stringify(title)}`, ...lines, ''].join('\n')
}

/** What is typed, and below it what it means. */
export function item(term: string, text: string): string {
  return `.TP\n${term}\n${plain(text)}`
}
