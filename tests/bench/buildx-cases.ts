import { existsSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BUILDX, placeOf } from '../harness/go-program.ts'
import { contextOf, makeContext, removeImage } from './build-cases.ts'
import { type Case, type Client, quietly, timed } from './case.ts'
import type { Peer } from './peer.ts'

const IMAGE = 'bench/built'
const FOLDERS = 100
const FILES = 100

/** As of a program in a language of scripts: what it depends on comes first, then all of its sources. */
const DOCKERFILE = `FROM busybox
WORKDIR /srv
COPY packages.txt ./
RUN cat packages.txt > installed
COPY . .
CMD ["cat", "installed"]
`

export const buildxCases: readonly Case[] = [
  {
    name: 'rebuild',
    what: `a line changed in ${(FOLDERS * FILES).toLocaleString('en-US')} files, by buildx; dockerd's classic builder`,
    target: 0.7,
    unit: 'ms',
    async prepare(peer) {
      await makeSources(sourcesOf(peer))
      await build(peer, itsOwn(peer), sourcesOf(peer))
    },
    async measure(peer) {
      await appendFile(join(sourcesOf(peer), 'folder-50/file-50'), 'one more line\n')
      return timed(() => build(peer, itsOwn(peer), sourcesOf(peer)))
    },
    cleanUp: removeImage,
    missing,
  },
  {
    name: 'buildx-cached',
    what: 'build of 14 steps, all of it cached, by buildx; the BuildKit in dockerd',
    target: 0.8,
    unit: 'ms',
    async prepare(peer) {
      await makeContext(peer)
      await build(peer, withBuildx(peer), contextOf(peer))
    },
    measure: (peer) => timed(() => build(peer, withBuildx(peer), contextOf(peer))),
    cleanUp: removeImage,
    missing,
  },
]

function missing(): string | undefined {
  return existsSync(placeOf(BUILDX)) ? undefined : 'buildx is not there, which `npm run peers` builds'
}

/** The way that the daemon's own client takes: for dockerd 20.10, the classic builder. */
function itsOwn(peer: Peer): Client {
  return peer.name === 'ours' ? withBuildx(peer) : peer
}

function withBuildx(peer: Peer): Client {
  return { name: peer.name, env: { ...peer.env, DOCKER_BUILDKIT: '1' } }
}

async function build(peer: Peer, client: Client, context: string): Promise<void> {
  await writeFile(join(peer.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: [dirname(placeOf(BUILDX))] }))
  await quietly(client, ['build', '-t', IMAGE, context])
}

function sourcesOf(peer: Peer): string {
  return join(peer.root, 'sources')
}

async function makeSources(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Dockerfile'), DOCKERFILE)
  await writeFile(join(folder, 'packages.txt'), 'one\ntwo\n')
  for (let number = 0; number < FOLDERS; number++) {
    const inside = join(folder, `folder-${number}`)
    await mkdir(inside, { recursive: true })
    // Between 1 and 5 kB, each another text.
    for (let file = 0; file < FILES; file++) await writeFile(join(inside, `file-${file}`), `${number} ${file} a line of a source\n`.repeat(50 + 2 * file))
  }
}
