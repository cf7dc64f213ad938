import { describe, expect, it } from 'vitest'
import { run, ToolError } from './run.ts'

const failureOf = (work: Promise<string>) => work.then(() => undefined).catch((error: unknown) => (error instanceof ToolError ? error : undefined))

describe('run', () => {
  it('gives what the tool printed', async () => expect(await run('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\n'))

  it('feeds its input', async () => expect(await run('cat', [], { input: 'héllo' })).toBe('héllo'))

  it('gives nothing to read without input', async () => expect(await run('cat', [])).toBe(''))

  it('a failure says what was run, how it ended and what it said', async () => {
    expect(await failureOf(run('sh', ['-c', 'echo why >&2; exit 3']))).toMatchObject({
      message: 'sh: why',
      command: ['sh', '-c', 'echo why >&2; exit 3'],
      exitCode: 3,
      signal: null,
      stderr: 'why\n',
    })
  })

  it('a silent failure says its code', async () => expect(await failureOf(run('sh', ['-c', 'exit 4']))).toMatchObject({ message: 'sh: exit code 4' }))

  it('a killed tool says by what', async () =>
    expect(await failureOf(run('sh', ['-c', 'kill -9 $$']))).toMatchObject({ message: 'sh: killed by SIGKILL', signal: 'SIGKILL' }))

  it('a tool that is not there says so', async () => {
    expect(await failureOf(run('/no/such/tool', []))).toMatchObject({ exitCode: null, message: expect.stringContaining('ENOENT') })
  })

  it('a tool that dies before it has read its input fails by its code', async () => {
    expect(await failureOf(run('sh', ['-c', 'exit 5'], { input: 'x'.repeat(1_000_000) }))).toMatchObject({ exitCode: 5 })
  })
})
