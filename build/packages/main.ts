import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { print, timed } from '../talk.ts'
import { PRODUCTS } from './products.ts'

const USAGE = `npm run dist [-- --out DIR] [--only engine|desktop] [--format deb|rpm|tar.gz] [--quick]

Makes what people install, in DIR (dist-packages unless you say).
--quick compresses little: for tests.`

const options = {
  out: { type: 'string', default: 'dist-packages' },
  only: { type: 'string' },
  format: { type: 'string' },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const
const { values } = parseArgs({ options })
if (values.help) print(USAGE)
else {
  const wanted = PRODUCTS.filter(({ program, format }) => program === (values.only ?? program) && format === (values.format ?? format))
  const all = PRODUCTS.map(({ program, format }) => `${program} as ${format}`).join(', ')
  if (wanted.length === 0) throw new Error(`there is no ${values.only ?? 'program'} as ${values.format ?? 'a package'}: ${all}`)
  const folder = resolve(values.out)
  await mkdir(folder, { recursive: true })
  for (const { program, format, make } of wanted) print(await timed(`making the ${format} of the ${program}`, () => make(folder, { isQuick: values.quick })))
}
