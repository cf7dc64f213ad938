import type { ISearchOptions } from '@xterm/addon-search'
import type { ITerminalOptions } from '@xterm/xterm'
import { colourOf, hexOf, pixelsOf, textOf } from './token-values.ts'

/** The terminal in the window's own colours and type. */
export function terminalOptions(): ITerminalOptions {
  const black = colourOf('--ansi-black')
  const white = colourOf('--ansi-white')
  const hues = Object.fromEntries(
    ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'].flatMap((name) => {
      const colour = colourOf(`--ansi-${name}`)
      return [
        [name, colour],
        [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, colour],
      ]
    }),
  )
  return {
    fontFamily: textOf('--mono'),
    fontSize: pixelsOf('--text-s'),
    lineHeight: 1.2,
    cursorBlink: false,
    scrollback: 5000,
    screenReaderMode: true,
    // What was searched for is marked by decorations, which are not final in xterm.js.
    allowProposedApi: true,
    theme: {
      background: colourOf('--well'),
      foreground: colourOf('--ink'),
      cursor: colourOf('--brass'),
      cursorAccent: colourOf('--well'),
      selectionBackground: colourOf('--selection'),
      black,
      white,
      brightBlack: colourOf('--ink-3'),
      brightWhite: colourOf('--ink'),
      ...hues,
    },
  }
}

/** How the terminal marks what was searched for. */
export function searchOptions(): ISearchOptions {
  const [all, current] = [hexOf('--brass-soft'), hexOf('--brass')]
  return {
    decorations: { matchBackground: all, activeMatchBackground: current, matchOverviewRuler: all, activeMatchColorOverviewRuler: current },
  }
}
