import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, quietly, timed } from './case.ts'
import type { Peer } from './peer.ts'

const MEGABYTES = 200
const IMAGE = 'bench/built'

/** Fourteen instructions, of which seven run a program, as of a small service. */
const DOCKERFILE = `FROM busybox
LABEL maintainer=bench
ENV HOME=/srv
WORKDIR /srv
COPY app.txt ./
RUN mkdir -p data cache
RUN echo one > data/one
RUN echo two > data/two
RUN cat data/one data/two > data/both
RUN rm data/one
RUN chmod 700 data
RUN ls -lR / > cache/list
EXPOSE 8080
CMD ["cat", "data/both"]
`

export const buildCases: readonly Case[] = [
  {
    name: 'build',
    what: 'build of 14 steps, no cache',
    target: 0.33,
    unit: 'ms',
    mostRounds: 5,
    prepare: makeContext,
    measure: (peer) => timed(() => build(peer, '--no-cache')),
    cleanUp: removeImage,
  },
  {
    name: 'build-cached',
    what: 'the same, all of it cached',
    target: 0.8,
    unit: 'ms',
    async prepare(peer) {
      await makeContext(peer)
      await build(peer)
    },
    measure: (peer) => timed(() => build(peer)),
    cleanUp: removeImage,
  },
  {
    name: 'copy',
    what: `build that copies ${MEGABYTES} MB`,
    target: 0.6,
    unit: 'ms',
    mostRounds: 3,
    async prepare(peer) {
      await mkdir(contextOf(peer), { recursive: true })
      await writeFile(join(contextOf(peer), 'Dockerfile'), 'FROM busybox\nCOPY big /\n')
      await writeFile(join(contextOf(peer), 'big'), randomBytes(MEGABYTES * 1_000_000))
    },
    measure: (peer) => timed(() => build(peer, '--no-cache')),
    cleanUp: removeImage,
  },
]

export function contextOf(peer: Peer): string {
  return join(peer.root, 'context')
}

export async function makeContext(peer: Peer): Promise<void> {
  await mkdir(contextOf(peer), { recursive: true })
  await writeFile(join(contextOf(peer), 'Dockerfile'), DOCKERFILE)
  await writeFile(join(contextOf(peer), 'app.txt'), 'an application\n')
}

function build(peer: Peer, ...flags: readonly string[]): Promise<void> {
  return quietly(peer, ['build', ...flags, '-t', IMAGE, contextOf(peer)])
}

export async function removeImage(peer: Peer): Promise<void> {
  await quietly(peer, ['rmi', IMAGE])
  await quietly(peer, ['image', 'prune', '-f'])
}
