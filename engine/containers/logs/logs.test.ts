import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../log.ts'
import { Container, type ContainerId } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { ContainerPaths } from '../paths.ts'
import type { ContainerState } from '../state.ts'
import { ContainerLogs } from './container-logs.ts'
import type { LogChunk } from './log-text.ts'
import { type LogOptions, readLogs } from './logs.ts'

const id = 'c'.repeat(64) as ContainerId
const noMonitor = { reopenLog: async () => false, isMonitored: async () => false }
const running: ContainerState = { status: 'running', pid: 1, startedAt: '2026-11-24T10:00:00Z' }
const exited: ContainerState = { status: 'exited', exitCode: 0, oomKilled: false }
const all: LogOptions = { stdout: true, stderr: true, follow: false, timestamps: false, details: false, since: undefined, until: undefined, tail: undefined }

let folder: string
let parts: ContainerParts
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-logs-'))
  const paths = new ContainerPaths(folder, '/engineroom')
  await mkdir(paths.folder(id), { recursive: true })
  parts = { paths, logs: new ContainerLogs({ paths, runtime: noMonitor, log: new Log('fatal') }) } as ContainerParts
})
afterEach(() => rm(folder, { recursive: true }))

function container(state: ContainerState = exited, driver = 'json-file', logOptions: Record<string, string> = {}): Container {
  return new Container(
    {
      id,
      name: 'web',
      createdAt: '',
      imageId: '',
      path: 'sh',
      args: [],
      config: { Labels: { team: 'a b*', tier: 'x' }, Env: ['STAGE=test', 'OTHER=1'] },
      hostConfig: { LogConfig: { Type: driver, Config: logOptions } },
      networks: {},
      mounts: [],
      restartCount: 0,
      hasBeenStoppedByHand: false,
    },
    state,
  )
}

/** The log file's line of second `second`. */
function record(second: number, stream: string, text: string, tag = 'F'): string {
  return `2026-11-24T10:00:0${second}.000000000+00:00 ${stream} ${tag} ${text}\n`
}

const LOG = record(1, 'stdout', 'one') + record(2, 'stderr', 'two') + record(3, 'stdout', 'three') + record(4, 'stderr', 'four')

async function read(options: Partial<LogOptions>, of = container()): Promise<string> {
  let text = ''
  for await (const batch of readLogs(parts, of, { ...all, ...options }, new AbortController().signal)) text += textOf(batch)
  return text
}

function textOf(batch: readonly LogChunk[]): string {
  return batch.map(({ stream, text }) => `${stream === 'stdout' ? '' : '!'}${text.toString()}`).join('')
}

const at = (second: number) => BigInt(Date.parse('2026-11-24T10:00:00Z') / 1000 + second) * 1_000_000_000n

describe('what was written', () => {
  beforeEach(() => writeFile(parts.paths.log(id), LOG))

  it.each<[string, Partial<LogOptions>, string]>([
    ['everything, in order', {}, 'one\n!two\nthree\n!four\n'],
    ['one stream', { stderr: false }, 'one\nthree\n'],
    ['the last two', { tail: 2 }, 'three\n!four\n'],
    ['none', { tail: 0 }, ''],
    ['of the last two, one stream', { stderr: false, tail: 2 }, 'three\n'],
    ['since and until are inclusive', { since: at(2), until: at(3) }, '!two\nthree\n'],
    ['of the last two, those before a moment', { until: at(3), tail: 2 }, 'three\n'],
    ['with times', { timestamps: true, tail: 1 }, '!2026-11-24T10:00:04.000000000Z four\n'],
  ])('%s', async (_, options, expected) => expect(await read(options)).toBe(expected))

  it('shows the labels and the environment that the container was told to log, sorted and escaped, after the time', async () => {
    const of = container(exited, 'json-file', { labels: 'tier,team,nosuch', env: 'STAGE' })
    expect(await read({ details: true, timestamps: true, tail: 1 }, of)).toBe('!2026-11-24T10:00:04.000000000Z STAGE=test,team=a+b%2A,tier=x four\n')
  })
})

describe('lines that were written in parts', () => {
  it('get one time, and one newline, at their ends', async () => {
    await writeFile(parts.paths.log(id), record(1, 'stdout', 'aaa', 'P') + record(2, 'stderr', 'between') + record(3, 'stdout', 'bbb'))
    expect(await read({ timestamps: true })).toBe('2026-11-24T10:00:01.000000000Z aaa!2026-11-24T10:00:02.000000000Z between\nbbb\n')
  })
})

describe('following', () => {
  it.each([
    ['everything', {}],
    ['a tail of one stream', { stderr: false, tail: 5 }],
  ])('%s misses nothing that is written between two reads', async (_, options) => {
    await writeFile(parts.paths.log(id), record(1, 'stdout', 'one'))
    const of = container(running)
    let seen = ''
    for await (const batch of readLogs(parts, of, { ...all, ...options, follow: true }, new AbortController().signal)) {
      seen += textOf(batch)
      if (seen === 'one\n') await appendFile(parts.paths.log(id), record(2, 'stdout', 'two'))
      else of.announceExit(0)
    }
    expect(seen).toBe('one\ntwo\n')
  })

  it('a container that does not run ends after what is there', async () => {
    await writeFile(parts.paths.log(id), LOG)
    expect(await read({ follow: true, tail: 1 })).toBe('!four\n')
  })
})

describe('refusals', () => {
  const refusal = (options: Partial<LogOptions>, of: Container) => () => readLogs(parts, of, { ...all, ...options }, new AbortController().signal)

  it('neither stream', () => {
    expect(refusal({ stdout: false, stderr: false }, container())).toThrow(
      expect.objectContaining({ kind: 'invalid', message: 'Bad parameters: you must choose at least one stream' }),
    )
  })

  it('the driver none', () => {
    expect(refusal({}, container(exited, 'none'))).toThrow(
      expect.objectContaining({ kind: 'not-implemented', message: 'configured logging driver does not support reading' }),
    )
  })

  it('a container that is going', () => {
    expect(refusal({}, container({ status: 'dead', exitCode: 0, oomKilled: false }))).toThrow(
      expect.objectContaining({ kind: 'conflict', message: 'can not get logs from container which is dead or marked for removal' }),
    )
  })
})
