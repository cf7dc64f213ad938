import { expect, test } from 'vitest'
import type { ContainerRow } from '../api/types.ts'
import { matchPalette, paletteEntries } from './palette.ts'

const container = (name: string, state: ContainerRow['state']): ContainerRow => ({
  id: `id-${name}`,
  name,
  image: 'busybox',
  imageId: '',
  command: '',
  createdAtMs: 0,
  state,
  health: 'none',
  exitCode: undefined,
  sinceMs: undefined,
  ports: [],
  labels: {},
  attachments: [],
  volumes: [],
})
const entries = paletteEntries({
  views: [{ view: 'volumes', label: 'Volumes' }],
  containers: [container('web', 'running'), container('old-web', 'exited')],
  images: [],
  volumes: [],
  networks: [],
  canChooseHost: false,
})
const found = (typed: string) => matchPalette(entries, typed).map(({ kind, label }) => `${kind} ${label}`)

test('what is named so comes first, then what can be done with it', () => {
  expect(found('web')).toEqual([
    'Container web',
    'Logs of web',
    'Terminal in web',
    'Stop web',
    'Restart web',
    'Container old-web',
    'Logs of old-web',
    'Start old-web',
  ])
})

test.each([
  ['stop web', ['Stop web']],
  ['START', ['Restart web', 'Start old-web']],
  ['vol', ['View Volumes']],
  ['nothing like it', []],
])('%s', (typed, expected) => expect(found(typed)).toEqual(expected))
