import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseArch } from '../../vm-assets/arch.ts'
import { print, timed } from '../talk.ts'
import { canBeMade, PRODUCTS } from './products.ts'

const USAGE = `npm run dist [-- --out DIR] [--only engine|desktop|vm] [--format deb|rpm|tar.gz] [--arch amd64|arm64] [--quick]

Makes what people install, in DIR (dist-packages unless you say): engine and desktop, and the virtual machine where it is named, as that needs Debian's mirror.
--quick compresses little: for tests.`

const options = {
  out: { type: 'string', default: 'dist-packages' },
  only: { type: 'string' },
  format: { type: 'string' },
  arch: { type: 'string', default: process.arch },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const
const { values } = parseArgs({ options })
if (values.help) print(USAGE)
else {
  const arch = parseArch(values.arch)
  const products = PRODUCTS.filter((product) => canBeMade(product, arch))
  const wanted = products.filter(
    ({ program, format }) => (values.only === undefined ? program !== 'vm' : program === values.only) && format === (values.format ?? format),
  )
  const all = products.map(({ program, format }) => `${program} as ${format}`).join(', ')
  if (wanted.length === 0) throw new Error(`there is no ${values.only ?? 'program'} as ${values.format ?? 'a package'} for ${arch.debian}: ${all}`)
  const folder = resolve(values.out)
  await mkdir(folder, { recursive: true })
  for (const { program, format, make } of wanted)
    print(await timed(`making the ${format} of the ${program}`, () => make(folder, { isQuick: values.quick, arch })))
}
