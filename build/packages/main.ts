import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { print, timed } from '../talk.ts'
import { makeDebianPackage } from './debian-package.ts'

const USAGE = `npm run dist [-- --out DIR] [--quick]

Makes the packages that people install, in DIR (dist-packages unless you say).
--quick compresses little: for tests.`

const options = {
  out: { type: 'string', default: 'dist-packages' },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const
const { values } = parseArgs({ options })
if (values.help) print(USAGE)
else {
  const folder = resolve(values.out)
  await mkdir(folder, { recursive: true })
  print(await timed('making the package of the engine', () => makeDebianPackage(folder, { isQuick: values.quick })))
}
