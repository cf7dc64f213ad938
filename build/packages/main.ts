import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { print, timed } from '../talk.ts'
import { makeDesktopPackage } from './desktop-package.ts'
import { makeEnginePackage } from './engine-package.ts'

const USAGE = `npm run dist [-- --out DIR] [--only engine|desktop] [--quick]

Makes the packages that people install, in DIR (dist-packages unless you say).
--quick compresses little: for tests.`

const options = {
  out: { type: 'string', default: 'dist-packages' },
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const
const { values } = parseArgs({ options })
if (values.only !== undefined && values.only !== 'engine' && values.only !== 'desktop') throw new Error(`there is no package "${values.only}": engine, desktop`)
if (values.help) print(USAGE)
else {
  const folder = resolve(values.out)
  await mkdir(folder, { recursive: true })
  const [how, make] = [{ isQuick: values.quick }, { engine: makeEnginePackage, desktop: makeDesktopPackage }]
  for (const [name, one] of Object.entries(make))
    if (values.only === undefined || values.only === name) print(await timed(`making the package of the ${name}`, () => one(folder, how)))
}
