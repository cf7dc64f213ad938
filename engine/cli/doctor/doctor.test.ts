import { chmodSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../../daemon/version.ts'
import { ConnectionError } from '../api-error.ts'
import { parseEndpoint } from '../host.ts'
import { connectionFinding } from './connection.ts'
import { type EngineAnswers, engineFindings } from './engine.ts'
import { findingText } from './finding.ts'
import { machineFindings } from './machine.ts'

const SOCKET = parseEndpoint('unix:///run/engineroom/docker.sock', undefined)
const PACKAGED = { userName: 'you', socketGroup: 'engineroom', hasService: true }
const failed = (code: string, endpoint = SOCKET) => new ConnectionError(endpoint, Object.assign(new Error(`connect ${code}`), { code }))

describe('an engine that is not reached', () => {
  it('whose socket is for others: which group to join', () => {
    const { problem, remedy, mend } = connectionFinding(failed('EACCES'), SOCKET, PACKAGED)
    expect(problem).toBe('you may not use its socket')
    expect(remedy).toContain('adduser you engineroom')
    expect(mend).toBeUndefined()
  })

  it.each([
    ['ENOENT', 'there is no socket'],
    ['ECONNREFUSED', 'nobody listens'],
  ])('%s: does not run, and the service can be started', (code, words) => {
    expect(connectionFinding(failed(code), SOCKET, PACKAGED)).toMatchObject({
      problem: expect.stringContaining(words),
      mend: ['systemctl', 'start', 'engineroom.socket', 'engineroom.service'],
    })
    expect(connectionFinding(failed(code), SOCKET, { ...PACKAGED, hasService: false })).toMatchObject({ remedy: 'As root: engineroom daemon' })
  })

  it('on another machine is not started here', () => {
    const far = parseEndpoint('tcp://10.0.0.1:2376', undefined)
    const finding = connectionFinding(failed('ECONNREFUSED', far), far, PACKAGED)
    expect(finding.mend).toBeUndefined()
    expect(findingText(finding)).toBe(
      '✗ the engine at tcp://10.0.0.1:2376: connect ECONNREFUSED\n    Is the address right, and does the engine there listen to other machines (-H tcp://…)?',
    )
  })
})

describe('an engine that answers', () => {
  const well: EngineAnswers = {
    version: { Version: VERSION.version, GitCommit: VERSION.gitCommit },
    info: { Warnings: null },
    checks: [{ title: 'Disk', state: 'ok', detail: '', fix: '' }],
  }

  it('of the same build with all that it needs: nothing is wrong', () => {
    expect(engineFindings(well, PACKAGED).map(findingText)).toEqual(['✓ its version', '✓ Disk'])
  })

  it('of another build is started anew, where it is a service', () => {
    const older = { ...well, version: { ...well.version, GitCommit: 'abc' } }
    expect(engineFindings(older, PACKAGED)[0]).toMatchObject({
      problem: expect.stringContaining('(abc)'),
      mend: ['systemctl', 'restart', 'engineroom.service'],
    })
    expect(engineFindings(older, { ...PACKAGED, hasService: false })[0]?.mend).toBeUndefined()
  })

  it('that is not ours is said to be another one', () => {
    const [first] = engineFindings({ ...well, version: { Version: '28.0.1', GitCommit: 'x' } }, PACKAGED)
    expect(first).toEqual({ what: 'its version', problem: 'it is another engine, 28.0.1: not all that this client can is known to it' })
  })

  it('warns, and misses something of its machine', () => {
    const checks = [{ title: 'Disk', state: 'warn', detail: '1.0 GB are free.', fix: 'Remove what nobody needs.', command: 'engineroom data prune' }] as const
    const found = engineFindings({ ...well, info: { Warnings: ['WARNING: No swap limit support'] }, checks }, PACKAGED)
    expect(found.map(findingText)).toEqual([
      '✓ its version',
      '✗ what it warns of: No swap limit support',
      '✗ Disk: 1.0 GB are free.\n    Remove what nobody needs.\n    engineroom data prune',
    ])
  })
})

describe('a machine', () => {
  it('without a tool or overlayfs: which package brings it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'er-doctor-'))
    try {
      for (const name of ['crun', 'conmon', 'ip', 'nft', 'mount', 'ps', 'tar']) {
        writeFileSync(join(folder, name), '')
        chmodSync(join(folder, name), 0o755)
      }
      expect(machineFindings(folder, 'nodev\toverlay\n\text4\n').map(({ problem }) => problem)).toEqual([undefined, undefined])
      expect(machineFindings(folder, '\text4\n')[1]).toMatchObject({ mend: ['modprobe', 'overlay'] })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
