import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { placesOf } from '../../language/message.ts'
import { CHINESE } from './catalogue.ts'
import { KNOWN } from './known.ts'

/**
 * That each message in the code has its Chinese is for the compiler to say (`say` takes no other). Here: nothing is left
 * over, places agree, and the Chinese is written as Chinese is.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const ENTRIES = Object.entries(CHINESE)

/** The sources of a program as one text. */
function read(...patterns: string[]): string {
  return globSync(patterns, { cwd: ROOT })
    .filter((path) => !path.endsWith('.test.ts') && !path.includes('/chinese/'))
    .map((path) => readFileSync(`${ROOT}/${path}`, 'utf8'))
    .join('\n')
}

/** Whether the code has the text in quotes, to the letter. */
function isSaid(message: string, code: string): boolean {
  return code.includes(`'${message.replaceAll("'", "\\'")}'`) || code.includes(`"${message}"`)
}

/** The names of a part of the catalogue. */
function keysIn(code: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) found.push(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('part.ts', code, ts.ScriptTarget.Latest))
  return found
}

test('no Chinese stands there that nothing says', () => {
  const code = read('renderer/**/*.ts', 'renderer/**/*.vue')
  expect(ENTRIES.map(([message]) => message).filter((message) => !(message in KNOWN) && !isSaid(message, code))).toEqual([])
})

test('what is known of the engine and the desktop is what they say, to the letter but for its values', () => {
  const withoutValues = (text: string) => text.replace(/\$\{[^{}`']*(?:'[^']*'[^{}`']*)*\}/g, '{}')
  const code = withoutValues(read('engine/**/*.ts', 'electron/**/*.ts'))
  const unsaid = Object.keys(KNOWN).filter((message) => !code.includes(message.replace(/\{\w+\}/g, '{}').replaceAll("'", "\\'")) && !isSaid(message, code))
  expect(unsaid).toEqual([])
})

test('no message stands in two parts of the catalogue', () => {
  const parts = globSync('renderer/text/chinese/*.ts', { cwd: ROOT }).filter((path) => !/catalogue|test/.test(path))
  const keys = parts.flatMap((path) => keysIn(readFileSync(`${ROOT}/${path}`, 'utf8')))
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  expect(keys.length).toBe(ENTRIES.length)
})

describe('the Chinese of a message', () => {
  test.each(ENTRIES)('%s', (message, chinese) => {
    expect(placesOf(chinese).sort()).toEqual(placesOf(message).sort())
    expect(chinese.trim()).not.toBe('')
    const without = chinese.replaceAll('{count}', '1').replace(/\{\w+\}/g, '□')
    expect(without, 'punctuation of half width between Chinese').not.toMatch(/\p{Script=Han}[,;:!?()]|[,;:!?()]\p{Script=Han}|\p{Script=Han}\.(\s|$)/u)
    expect(without, 'Latin and Chinese without a space').not.toMatch(/\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u)
  })
})
