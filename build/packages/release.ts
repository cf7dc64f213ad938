import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { VERSION } from '../../engine/daemon/version.ts'
import { ARCHES } from '../../vm-assets/arch.ts'
import { runTool } from '../../vm-assets/run-tool.ts'
import { built } from '../bundle.ts'
import { electronRuntime } from '../electron-runtime.ts'
import { print, say, timed } from '../talk.ts'
import { changesOf } from './changes.ts'
import { checksums } from './checksums.ts'
import { readImageLock, shippedWithVm } from './image-parts.ts'
import { licencesOfOthers } from './licences-of-others.ts'
import { canBeMade, PRODUCTS } from './products.ts'
import { writeReleaseFeed } from './release-feed.ts'
import { canSign, publicPem, releaseKey } from './release-key.ts'
import { billOfMaterials } from './sbom.ts'
import { ROOT, readLock, type ShippedPackage, shippedWithDesktop, shippedWithEngine } from './shipped.ts'

const USAGE = `npm run release [-- --out DIR] [--rehearsal]

Makes all that a release consists of, in DIR (dist-release unless you say, emptied first), of the commit that has the tag v and the version of package.json.
--rehearsal does without the tag, and with the unreleased changes.
--percentage NUMBER: to how many of a hundred computers it goes first (100); --days NUMBER: how long windows believe it (30).
--announce makes nothing, and signs anew what windows are told of what is in DIR: for more computers, or before the time is up.

ENGINEROOM_RELEASE_KEY names a PEM file with the release key (openssl genpkey -algorithm ed25519). Without it all is made, and nothing signed.`

const options = {
  out: { type: 'string', default: 'dist-release' },
  rehearsal: { type: 'boolean', default: false },
  announce: { type: 'boolean', default: false },
  percentage: { type: 'string', default: '100' },
  days: { type: 'string', default: '30' },
  help: { type: 'boolean', default: false },
} as const

/** From a tag to artefacts; docs/release.md says what each is for. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help) return print(USAGE)
  const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const changelog = await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')
  if (!VERSION.version.endsWith(`-engineroom.${version}`)) throw new Error(`package.json says ${version}, engine/daemon/version.ts ${VERSION.version}`)
  const changes = changesOf(values.rehearsal ? 'Unreleased' : version, changelog)
  if (!values.rehearsal) await checkTag(`v${version}`)
  const folder = resolve(values.out)
  const key = await releaseKey()
  const { commit, time } = built()
  const announcement = {
    version,
    time: new Date(time),
    notes: changes,
    percentage: numberIn('percentage', values.percentage, 100),
    days: numberIn('days', values.days, 366),
  }
  if (values.announce) {
    if (!canSign(key)) throw new Error('ENGINEROOM_RELEASE_KEY names no key that could sign')
    return writeReleaseFeed(folder, process.arch, announcement, key)
  }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const file = (name: string, content: string) => writeFile(join(folder, name), content)

  const [lock, images] = [await readLock(), await readImageLock()]
  const desktop = [...shippedWithDesktop(lock), await electron()]
  const arches = Object.values(ARCHES)
  for (const arch of arches)
    for (const { program, format, name, make } of PRODUCTS.filter((product) => canBeMade(product, arch))) {
      const made = await timed(`making the ${format} of the ${program} for ${arch.debian}`, () => make(folder, { isQuick: false, arch }))
      const shipped = { engine: shippedWithEngine(lock, arch), desktop, vm: shippedWithVm(lock, images, arch) }[program]
      const bill = billOfMaterials({ name, version, time: new Date(time) }, shipped)
      await file(`${basename(made, `.${format}`)}.cdx.json`, bill)
    }
  // Whatever processors it is for.
  const ofNpm = [...Object.values(ARCHES).flatMap((arch) => shippedWithEngine(lock, arch)), ...shippedWithDesktop(lock)]
  const ofDebian = Object.values(images).flatMap(({ debian }) => debian)
  await file('THIRD-PARTY-LICENSES.txt', await licencesOfOthers(ofNpm, ofDebian))
  await file('CHANGES.md', changes)
  const source = `engineroom-${version}`
  await runTool('git', ['archive', '--format=tar.gz', `--prefix=${source}/`, `--output=${join(folder, `${source}.tar.gz`)}`, 'HEAD'], { cwd: ROOT })
  const dpkg = String(await runTool('dpkg-deb', ['--version'])).split('\n', 1)[0]
  const rpm = String(await runTool('rpmbuild', ['--version'])).trim()
  if (key) await file('release-key.pem', publicPem(key))
  await file('PROVENANCE.md', provenance({ version, commit, time, node: process.version, dpkg, rpm, 'release key': key ? 'release-key.pem' : 'none' }))
  const sums = await checksums(folder, await readdir(folder))
  await file('SHA256SUMS', sums)
  if (canSign(key)) {
    await writeFile(join(folder, 'SHA256SUMS.sig'), key.sign(Buffer.from(sums)))
    await writeReleaseFeed(folder, process.arch, announcement, key)
  }
  print(folder)
}

/** @throws Error for what is no number from 0 to the largest */
function numberIn(option: string, text: string, largest: number): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= largest)) throw new Error(`--${option} must be a number from 0 to ${largest}, not ${text}`)
  return number
}

/** It comes by another way than the other packages, and brings its licences itself. */
async function electron(): Promise<ShippedPackage> {
  const { version } = await electronRuntime(say)
  return { name: 'electron', path: 'electron', version, license: 'MIT', integrity: undefined, needs: [] }
}

async function checkTag(tag: string): Promise<void> {
  const git = async (...args: readonly string[]) => String(await runTool('git', args, { cwd: ROOT })).trim()
  const changed = await git('status', '--porcelain')
  if (changed !== '') throw new Error(`these files are not as they were committed:\n${changed}`)
  const tags = await git('tag', '--points-at', 'HEAD')
  if (!tags.split('\n').includes(tag)) throw new Error(`this commit has no tag ${tag}: git tag -a ${tag}`)
}

function provenance(made: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(made).map(([name, value]) => `- ${name}: ${value}`)
  return `# Of what this was made\n\n${lines.join('\n')}\n\nWho checks out that commit and runs \`npm run release\` with the same dpkg, rpmbuild and public half of the key gets the same packages, byte by byte.\n`
}

try {
  await main()
} catch (error) {
  process.stderr.write(`npm run release: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
