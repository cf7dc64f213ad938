import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'vue/compiler-sfc'

/** A template has words only by `say`, so that they are there in each language. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Names, and examples of what is typed, which are the same in every language. */
const SAME = [
  ...['Engineroom', 'hello-engineroom', 'example', 'Docker Hub', 'JSON', 'Ctrl-S', 'bridge', 'macvlan', 'ipvlan', 'GiB'],
  ...[
    'Dockerfile',
    'name:tag',
    'postgres',
    'registry.example:5000',
    '8080, 53/udp',
    '/mnt/disk/engineroom',
    'eth0, eth0.50',
    'KEY=value',
    'type=nfs\no=addr=10.0.0.1,rw\ndevice=:/export',
  ],
]

/** What a person reads or hears of an element or a component. */
const READ = ['title', 'label', 'aria-label', 'placeholder', 'alt', 'text', 'hint', 'summary', 'kind', 'none', 'what']

/** The part of Vue's syntax tree that this reads; the numbers are `NodeTypes` of @vue/compiler-core. */
interface TemplateNode {
  readonly type: number
  readonly tag?: string
  readonly content?: unknown
  readonly props?: readonly { readonly type: number; readonly name: string; readonly value?: { readonly content: string } | undefined }[]
  readonly children?: readonly unknown[]
}
const [ELEMENT, TEXT, INTERPOLATION, ATTRIBUTE] = [1, 2, 5, 6]

function isNode(value: unknown): value is TemplateNode {
  return typeof value === 'object' && value !== null && 'type' in value
}

function bareWordsIn(node: TemplateNode, parent = ''): string[] {
  if (node.type === TEXT && typeof node.content === 'string') return parent === 'code' || parent === 'kbd' ? [] : [node.content.trim()]
  // Text that is put together beside `say`, as in {{ isOn ? 'on' : say('off') }}.
  if (node.type === INTERPOLATION && isNode(node.content)) return stringsOutsideOfCalls(String(node.content.content))
  const read = node.type === ELEMENT ? (node.props ?? []).filter(({ type, name }) => type === ATTRIBUTE && READ.includes(name)) : []
  const below = (node.children ?? []).filter(isNode).flatMap((child) => bareWordsIn(child, node.tag))
  return [...read.map(({ value }) => value?.content ?? ''), ...below]
}

/** Sentences in an expression that are no argument of a call; a single word may be a state that is compared. */
function stringsOutsideOfCalls(code: string): string[] {
  let rest = code
  for (let shorter = ''; shorter !== rest; ) {
    shorter = rest
    rest = rest.replace(/[\w.]*\([^()]*\)/g, '')
  }
  return [...rest.matchAll(/['`]([^'`]* [^'`]*)['`]/g)].map(([, text = '']) => text.replace(/\$\{[^}]*\}/g, ''))
}

const isWords = (text: string) => /[A-Za-z]{2}/.test(text) && !SAME.includes(text)

test.each(globSync('**/*.vue', { cwd: ROOT }))('%s', (path) => {
  const { descriptor } = parse(readFileSync(`${ROOT}/${path}`, 'utf8'), { filename: path })
  const root: unknown = descriptor.template?.ast
  expect(isNode(root) ? bareWordsIn(root).filter(isWords) : ['no template']).toEqual([])
})
