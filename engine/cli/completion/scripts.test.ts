import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCRIPTS } from './scripts.ts'

/** Stands in for the program: says what it was asked, and offers an image. */
const PROGRAM = `#!/bin/sh
[ "$1" = __complete ] || exit 1
shift
for word; do printf '<%s>' "$word"; done >&3
printf 'localhost:5000/tool:1\\tan image\\nlocalhost:5000/other:1\\t\\n'
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-completion-'))
  await writeFile(join(folder, 'engineroom'), PROGRAM, { mode: 0o755 })
  await writeFile(join(folder, 'script'), SCRIPTS.bash)
})
afterAll(() => rm(folder, { recursive: true }))

/** @returns what the program is asked, and what bash puts in place of the word that it takes for the last */
async function completed(line: string): Promise<string> {
  const ask = `source "$0/script"; COMP_LINE=$1; COMP_POINT=\${#1}; exec 3>&1; _engineroom "$0/engineroom"; echo " \${COMPREPLY[*]}"`
  return (await promisify(execFile)('bash', ['-c', ask, folder, line])).stdout
}

describe('bash', () => {
  it.each([
    ['engineroom rmi ', '<rmi><> localhost:5000/tool:1 localhost:5000/other:1\n'],
    ['engineroom rmi local', '<rmi><local> localhost:5000/tool:1 localhost:5000/other:1\n'],
    // To bash, what follows a colon is a word of its own.
    ['engineroom rmi localhost:5', '<rmi><localhost:5> 5000/tool:1 5000/other:1\n'],
    ['engineroom rmi localhost:5000/tool:', '<rmi><localhost:5000/tool:> 1 localhost:5000/other:1\n'],
  ])('%j', async (line, expected) => {
    expect(await completed(line)).toBe(expected)
  })
})
