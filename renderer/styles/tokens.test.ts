import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname

/** Every style of the window by its file. */
const styles = new Map(globSync('**/*.{vue,css}', { cwd: ROOT }).map((file) => [file, styleIn(file, readFileSync(`${ROOT}${file}`, 'utf8'))]))
const tokens = styles.get('styles/tokens.css') ?? ''

function styleIn(file: string, text: string): string {
  return file.endsWith('.css') ? text : (/<style[^>]*>([\s\S]*)<\/style>/.exec(text)?.[1] ?? '')
}

/** Both values of each colour token. */
const colours = new Map(
  [...tokens.matchAll(/^ {2}(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);$/gm)].map(([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

/** @see WCAG 2.2, "relative luminance" */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [bright = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (bright + 0.05) / (dark + 0.05)
}

const TEXT_ON: readonly [text: string, ground: string][] = [
  ...['--ink', '--ink-2', '--ink-3', '--info', '--brass'].flatMap((text) =>
    ['--panel', '--well', '--deck', '--hull', '--raised'].map((ground): [string, string] => [text, ground]),
  ),
  ...['--run', '--wait', '--stop', '--fail'].flatMap((text): [string, string][] => [
    [text, `${text}-soft`],
    [text, '--panel'],
  ]),
  ['--ink', '--fail-soft'],
  ['--ink-2', '--fail-soft'],
  ['--brass-ink', '--brass'],
  ...['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'].map((name): [string, string] => [`--ansi-${name}`, '--well']),
]

test.each(TEXT_ON)('%s can be read on %s, light and dark', (text, ground) => {
  for (const theme of ['light', 'dark'] as const) {
    expect(contrast(colours.get(text)?.[theme] ?? '', colours.get(ground)?.[theme] ?? ''), theme).toBeGreaterThanOrEqual(4.5)
  }
})

test('colours are written down among the tokens and nowhere else', () => {
  expect(styles.size).toBeGreaterThan(20)
  const guilty = [...styles].filter(([file, style]) => file !== 'styles/tokens.css' && /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i.test(style))
  expect(guilty.map(([file]) => file)).toEqual([])
})

test('the window opens in the colour of its page', () => {
  const { light, dark } = colours.get('--hull') ?? {}
  expect(readFileSync(`${ROOT}../electron/desktop/window.ts`, 'utf8')).toContain(`dark: '${dark}', light: '${light}'`)
})

test('sizes and durations are, too', () => {
  const raw = [...styles].flatMap(([file, style]) => style.split('\n').map((line) => `${file}: ${line.trim()}`))
  // A condition of the screen cannot have a token.
  const guilty = raw.filter((line) => !line.startsWith('styles/tokens.css') && !line.includes('@media') && /\d(px|rem|pt|ms|s)\b/.test(line))
  expect(guilty).toEqual([])
})

test('the document of the design language has every token, with its value and its contrast', () => {
  const document = readFileSync(`${ROOT}../docs/design-language.md`, 'utf8')
  const rows = new Map([...document.matchAll(/^\| `(--[\w-]+)` \| (.*) \|$/gm)].map(([, name = '', cells = '']) => [name, cells.split(' | ')]))
  const [, root = ''] = /^:root \{$([\s\S]*?)^\}$/m.exec(tokens) ?? []
  const declared = new Map([...root.matchAll(/^ {2}(--[\w-]+): ([^;]+);$/gm)].map(([, name = '', value = '']) => [name, value]))
  expect([...rows.keys()].sort()).toEqual([...declared.keys()].sort())
  for (const [name, [first = '', second = '', figures = '']] of rows) {
    const both = colours.get(name)
    if (!both) expect(first, name).toBe(`\`${declared.get(name)}\``)
    else expect([first, second], name).toEqual([`\`${both.light}\``, `\`${both.dark}\``])
    const ground = colours.get(/on `(--[\w-]+)`/.exec(figures)?.[1] ?? '')
    if (both && ground)
      expect(figures, name).toContain(`${contrast(both.light, ground.light).toFixed(1)} and ${contrast(both.dark, ground.dark).toFixed(1)} on `)
  }
})

test('every token that is used exists', () => {
  const all = [...styles.values()].join('\n')
  const known = new Set([...all.matchAll(/^ *(--[\w-]+):/gm)].map(([, name]) => name))
  const given = new Set(['--columns', '--side', '--main']) // Set by the components' own templates.
  const used = [...all.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = '']) => name)
  expect(used.filter((name) => !known.has(name) && !given.has(name))).toEqual([])
})
