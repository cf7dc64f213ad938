import { posix } from 'node:path'
import type { CommandForm, Instruction } from '../dockerfile/instruction.ts'
import { jsonWords, parseInstruction } from '../dockerfile/parse.ts'
import { expandWord } from '../dockerfile/words.ts'
import { EngineError, messageOf } from '../errors.ts'
import type { ImageConfig } from './image.ts'

/** Replaces variables, quotes and escapes in one word. */
export type Expand = (word: string) => string

/** What commit and import take as `--change`; everything else needs a build. */
const CHANGES: readonly string[] = ['CMD', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'HEALTHCHECK', 'LABEL', 'ONBUILD', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR']

/**
 * Changes an image's configuration by lines of a Dockerfile that run nothing.
 * @throws EngineError `invalid` for an instruction that needs a build, or none at all
 * @see docker commit --change, docker import --change
 */
export function applyChanges(config: ImageConfig, changes: readonly string[]): ImageConfig {
  return changes
    .flatMap((change) => change.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .reduce((before, line) => {
      const name = line.split(/\s/, 1)[0]?.toUpperCase() ?? ''
      if (!CHANGES.includes(name)) throw new EngineError('invalid', `${name} is not a valid change command`)
      return changeConfig(before, parseInstruction({ text: line, line: 1, heredocs: [] }), (word) => expandFrom(before.Env ?? [], word))
    }, config)
}

/** The configuration after one instruction that runs nothing; unchanged by all others. */
export function changeConfig(config: ImageConfig, instruction: Instruction, expand: Expand): ImageConfig {
  switch (instruction.name) {
    case 'CMD':
      return { ...config, Cmd: commandWords(instruction.command, config.Shell) }
    case 'ENTRYPOINT':
      return { ...config, Entrypoint: commandWords(instruction.command, config.Shell) }
    case 'ENV':
      return {
        ...config,
        Env: mergeEnv(
          config.Env,
          instruction.pairs.map(([name, value]) => [expand(name), expand(value)]),
        ),
      }
    case 'LABEL':
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(instruction.pairs.map(([name, value]) => [expand(name), expand(value)])) } }
    case 'EXPOSE':
      return { ...config, ExposedPorts: { ...config.ExposedPorts, ...nameSet(instruction.words.flatMap((word) => exposedPorts(expand(word)))) } }
    case 'VOLUME':
      return { ...config, Volumes: { ...config.Volumes, ...nameSet(instruction.words.map(expand)) } }
    case 'USER':
      return { ...config, User: expand(instruction.text) }
    case 'WORKDIR':
      return { ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '', expand(instruction.text)) }
    case 'STOPSIGNAL':
      return { ...config, StopSignal: expand(instruction.text) }
    case 'SHELL':
      return { ...config, Shell: [...instruction.words] }
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] }
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: healthcheck(instruction.text) }
    default:
      return config
  }
}

/** What runs: the words as they are, or the line by the shell. */
export function commandWords(command: CommandForm, shell: readonly string[] | undefined): string[] {
  return command.form === 'exec' ? [...command.words] : [...(shell ?? ['/bin/sh', '-c']), command.line]
}

function expandFrom(env: readonly string[], word: string): string {
  const values = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
  try {
    return expandWord(word, (name) => values.get(name))
  } catch (error) {
    throw new EngineError('invalid', messageOf(error), { cause: error })
  }
}

function nameSet(list: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(list.map((name) => [name, {}]))
}

/** `80`, `80/udp`, or a range of them. */
function exposedPorts(text: string): string[] {
  const found = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text)
  if (!found) throw new EngineError('invalid', `invalid containerPort: ${text}`)
  const first = Number(found[1])
  const last = Number(found[2] ?? first)
  const protocol = (found[3] ?? 'tcp').toLowerCase()
  if (last > 65535 || last < first) throw new EngineError('invalid', `invalid containerPort: ${text}`)
  return Array.from({ length: last - first + 1 }, (_, offset) => `${first + offset}/${protocol}`)
}

function mergeEnv(before: readonly string[] | undefined, changed: readonly (readonly [string, string])[]): string[] {
  const entries = new Map((before ?? []).map((entry) => [entry.split('=', 1)[0] ?? '', entry]))
  for (const [name, value] of changed) entries.set(name, `${name}=${value}`)
  return [...entries.values()]
}

function healthcheck(text: string): ImageConfig['Healthcheck'] {
  const found = /^((?:--\S+\s+)*)(NONE|CMD)\b\s*(.*)$/is.exec(text)
  if (!found) throw new EngineError('invalid', `Unknown type ${JSON.stringify(text.split(/\s/, 1)[0])} in HEALTHCHECK (try CMD)`)
  if (found[2]?.toUpperCase() === 'NONE') return { Test: ['NONE'] }
  const options = new Map([...(found[1] ?? '').matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))
  const words = jsonWords(found[3] ?? '')
  const retries = options.get('retries')
  return {
    Test: words ? ['CMD', ...words] : ['CMD-SHELL', found[3] ?? ''],
    Interval: nanoseconds(options.get('interval')),
    Timeout: nanoseconds(options.get('timeout')),
    StartPeriod: nanoseconds(options.get('start-period')),
    StartInterval: nanoseconds(options.get('start-interval')),
    Retries: retries === undefined ? undefined : Number(retries),
  }
}

function nanoseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const units: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6 }
  return [...text.matchAll(/([\d.]+)(h|ms|m|s)/g)].reduce((total, [, value, unit]) => total + Number(value) * (units[unit ?? ''] ?? 0), 0)
}
