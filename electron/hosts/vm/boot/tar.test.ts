import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tarOf } from './tar.ts'

test('tar reads it: names, contents of every length, for their owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'er-unit-'))
  try {
    const contents = { 'tls/key.pem': 'secret', empty: '', block: 'x'.repeat(512), more: 'y'.repeat(513) }
    writeFileSync(join(folder, 'a.tar'), tarOf(Object.fromEntries(Object.entries(contents).map(([name, text]) => [name, Buffer.from(text)]))))
    execFileSync('tar', ['-xpf', join(folder, 'a.tar'), '-C', folder])
    for (const [name, text] of Object.entries(contents)) {
      expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text)
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
