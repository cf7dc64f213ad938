import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { type CpioEntry, writeCpio } from './cpio.ts'

const ENTRIES: readonly CpioEntry[] = [
  { kind: 'folder', name: 'bin', mode: 0o755 },
  { kind: 'file', name: 'bin/hello', mode: 0o755, content: Buffer.from('hello') },
  { kind: 'link', name: 'bin/greet', target: 'hello' },
]

it('is what a cpio of others reads', () => {
  const listed = execFileSync('busybox', ['cpio', '-tv'], { input: writeCpio(ENTRIES), encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = listed.trim().split('\n')
  expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(['drwxr-xr-x', '-rwxr-xr-x', 'lrwxrwxrwx'])
  expect(lines[2]).toMatch(/bin\/greet -> hello$/)
  const content = execFileSync('busybox', ['cpio', '-i', '--to-stdout', 'bin/hello'], { input: writeCpio(ENTRIES), stdio: ['pipe', 'pipe', 'ignore'] })
  expect(content.toString()).toBe('hello')
})

it('gives the numbers of a device', () => {
  const archive = writeCpio([{ kind: 'character-device', name: 'dev/console', mode: 0o600, major: 5, minor: 1 }]).toString('latin1')
  const field = (at: number) => Number.parseInt(archive.slice(6 + 8 * at, 14 + 8 * at), 16)
  expect([field(1), field(9), field(10)]).toEqual([0o020600, 5, 1])
})

it('begins every record at a multiple of four', () => {
  for (const length of [0, 1, 2, 3, 4]) {
    const archive = writeCpio([{ kind: 'file', name: 'ab', mode: 0o644, content: new Uint8Array(length) }])
    expect(archive.length % 4).toBe(0)
    expect(archive.indexOf('070701', 1) % 4).toBe(0)
  }
})

it('is the same for the same entries', () => expect(writeCpio(ENTRIES)).toEqual(writeCpio(ENTRIES)))
