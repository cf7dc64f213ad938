import { describe, expect, it } from 'vitest'
import { run, ToolError } from './run.ts'

const failureOf = (work: Promise<string>) => work.then(() => undefined).catch((error: unknown) => (error instanceof ToolError ? error : undefined))

describe('run', () => {
  it('gives what the tool printed', async () => expect(await run('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\n'))

  it('feeds its input, in whole lines', async () => expect(await run('cat', [], { input: "'héllo'\n$x `y` \\n" })).toBe("'héllo'\n$x `y` \\n\n"))

  it('takes arguments as they are', async () => expect(await run('printf', ['%s', 'a\'b $x `y` \\n "q"\n\tz'])).toBe('a\'b $x `y` \\n "q"\n\tz'))

  it('runs in the folder it is told', async () => expect(await run('pwd', [], { cwd: '/usr' })).toBe('/usr\n'))

  it('runs many at a time, and mixes up nothing', async () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index)
    expect(await Promise.all(numbers.map((number) => run('sh', ['-c', `sleep 0.0${number % 10}; echo ${number}`])))).toEqual(
      numbers.map((number) => `${number}\n`),
    )
  })

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
