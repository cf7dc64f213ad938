import { describe, expect, it } from 'vitest'
import { CliCommand, type CommandShape } from './command.ts'
import { duration, environment, extraHost, integer, label, list, nanoCpus, sysctl } from './values.ts'

interface Parsed {
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

async function parse(argv: readonly string[], shape: Partial<CommandShape> = {}): Promise<Parsed> {
  let parsed: Parsed | undefined
  const command = new CliCommand({ path: 'run', usage: '[OPTIONS] IMAGE', summary: '', atMost: 99, ...shape })
    .flag('-i, --interactive', '')
    .flag('-t, --tty', '')
    .flag('-p, --publish <list>', '', list())
    .flag('-n, --last <int>', '', integer)
    .flag('--name <string>', '')
    .flag('--no-trunc', '')
    .perform(async (operands, options) => {
      parsed = { operands, options }
    })
  await command.parseAsync([...argv], { from: 'user' })
  if (!parsed) throw new Error('the command was not performed')
  return parsed
}

describe('flags', () => {
  it.each([
    [['-it'], { interactive: true, tty: true, trunc: true }],
    [['-itp80:80'], { interactive: true, tty: true, publish: ['80:80'], trunc: true }],
    [['-p=1', '-p', '2', '--publish=3', '--publish', '4'], { publish: ['1', '2', '3', '4'], trunc: true }],
    [['--tty=false', '-i=1'], { tty: false, interactive: true, trunc: true }],
    [['--tty', '--tty=false'], { tty: false, trunc: true }],
    [['--no-trunc'], { trunc: false }],
    [['--no-trunc=false'], { trunc: true }],
    [['--name='], { name: '', trunc: true }],
    [['--name', '-x', '-n', '-1'], { name: '-x', last: -1, trunc: true }],
  ])('%j', async (argv, options) => expect((await parse(argv)).options).toEqual(options))

  it('may stand behind arguments, unless those belong to the container', async () => {
    expect(await parse(['a', '-t', 'b'])).toEqual({ operands: ['a', 'b'], options: { tty: true, trunc: true } })
    expect(await parse(['a', '-t', 'b'], { stopsAtFirstArgument: true })).toEqual({ operands: ['a', '-t', 'b'], options: { trunc: true } })
    expect(await parse(['--', '-t'])).toEqual({ operands: ['-t'], options: { trunc: true } })
  })

  it.each([
    [['--nope'], 'unknown flag: --nope'],
    [['-tx'], "unknown shorthand flag: 'x' in -x"],
    [['-n'], "flag needs an argument: 'n' in -n"],
    [['--last'], 'flag needs an argument: --last'],
    [['--last', 'x'], 'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [['--tty=maybe'], 'invalid argument "maybe" for "-t, --tty" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
  ])('refuses %j with code 125', async (argv, message) => {
    const expected = `${message}\n\nUsage:  engineroom run [OPTIONS] IMAGE\n\nRun 'engineroom run --help' for more information`
    await expect(parse(argv)).rejects.toMatchObject({ exitCode: 125, message: expected })
  })

  it.each([
    [{ atLeast: 1 }, [], 'requires at least 1 argument'],
    [{ atLeast: 2 }, ['a'], 'requires at least 2 arguments'],
    [{ atLeast: 1, atMost: 1 }, ['a', 'b'], 'requires 1 argument'],
    [{ atMost: 1 }, ['a', 'b'], 'requires at most 1 argument'],
    [{ atMost: 0 }, ['a'], 'accepts no arguments'],
  ])('counts arguments: %j %j', async (shape, argv, message) => {
    const range = { atMost: undefined, ...shape }
    await expect(parse(argv, range)).rejects.toMatchObject({ exitCode: 1, message: expect.stringContaining(`engineroom: 'engineroom run' ${message}\n`) })
  })
})

describe('values', () => {
  it('reads CPUs, durations and hosts', () => {
    expect(nanoCpus('1.5')).toBe(1_500_000_000)
    expect(duration('1m30s')).toBe(90e9)
    expect(extraHost('db=[::1]')).toBe('db:::1')
    expect(extraHost('db:host-gateway')).toBe('db:host-gateway')
  })

  it('takes the value of a variable that has none from our own environment', () => {
    expect(environment('PATH')).toBe(`PATH=${process.env.PATH}`)
    expect(environment('SURELY_NOT_SET')).toBe('SURELY_NOT_SET')
    expect(environment('A=')).toBe('A=')
  })

  it.each([
    [() => nanoCpus('a'), 'failed to parse a as a rational number'],
    [() => nanoCpus('0.1234567891'), 'value is too precise'],
    [() => duration('5'), 'time: invalid duration "5"'],
    [() => environment('=x'), 'invalid environment variable: =x'],
    [() => label('a b=c'), "label 'a b' contains whitespaces"],
    [() => extraHost('db'), 'bad format for add-host: "db"'],
    [() => extraHost('db:1.2'), 'invalid IP address in add-host: "1.2"'],
    [() => sysctl('vm.swappiness=1'), "sysctl 'vm.swappiness=1' is not allowed"],
  ])('%s', (read, message) => expect(read).toThrow(message))
})
