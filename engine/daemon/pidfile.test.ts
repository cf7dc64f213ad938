import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimPidfile } from './pidfile.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-pid-'))
  path = join(folder, 'deep/engineroom.pid')
})
afterEach(() => rm(folder, { recursive: true }))

describe('the pid file', () => {
  it('holds our process id, and goes when we do', async () => {
    const claim = claimPidfile(path)
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`)
    claim[Symbol.dispose]()
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })

  it.each([
    ['of a daemon that is dead', `${2 ** 22 + 1}\n`],
    ['with nonsense in it', 'x'],
    ['of a process that is no daemon', '1\n'],
    ['that is empty', ''],
  ])('%s is taken over', async (_, text) => {
    claimPidfile(path)[Symbol.dispose]()
    await writeFile(path, text)
    using _claim = claimPidfile(path)
    expect(await readFile(path, 'utf8')).toBe(`${process.pid}\n`)
  })

  it('of a daemon that lives is left to it', async () => {
    const daemon = spawn('sleep', ['1000'], { argv0: 'engineroom daemon' })
    try {
      claimPidfile(path)[Symbol.dispose]()
      await writeFile(path, `${daemon.pid}\n`)
      expect(() => claimPidfile(path)).toThrow(`the daemon is already running as process ${daemon.pid} (${path})`)
    } finally {
      daemon.kill()
    }
  })
})
