import { posix } from 'node:path'
import type { CommandForm, Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { parseInstructions } from '../dockerfile/parse.ts'
import { expandWord } from '../dockerfile/words.ts'
import { EngineError, messageOf } from '../errors.ts'
import { parseDuration } from '../json/duration.ts'
import { goInteger } from '../json/go-values.ts'
import { signalNumber } from '../linux/process.ts'
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
  if (changes.length === 0) return config
  let hasOwnCommand = false
  return parseInstructions(changes.join('\n'), CHANGES).reduce((before, instruction) => {
    hasOwnCommand ||= instruction.name === 'CMD'
    return changeConfig(before, instruction, (word) => expandFrom(before.Env ?? [], word), hasOwnCommand)
  }, config)
}

/**
 * The configuration after one instruction that runs nothing; unchanged by all others.
 * @param hasOwnCommand a CMD came before it, not only in the image below
 * @throws EngineError `invalid` with docker's words
 */
export function changeConfig(config: ImageConfig, instruction: Instruction, expand: Expand, hasOwnCommand: boolean): ImageConfig {
  switch (instruction.name) {
    case 'CMD':
      return { ...config, Cmd: commandWords(instruction.command, config.Shell) }
    case 'ENTRYPOINT':
      // It takes the base image's command away: that was written for another program.
      return { ...config, Entrypoint: commandWords(instruction.command, config.Shell), Cmd: hasOwnCommand ? config.Cmd : undefined }
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
      return { ...config, ExposedPorts: { ...config.ExposedPorts, ...nameSet(exposedWords(instruction.words, expand).flatMap(exposedPorts)) } }
    case 'VOLUME':
      return { ...config, Volumes: { ...config.Volumes, ...nameSet(instruction.words.map(expand)) } }
    case 'USER':
      return { ...config, User: expand(instruction.text) }
    case 'WORKDIR':
      return { ...config, WorkingDir: posix.resolve('/', config.WorkingDir ?? '', expand(instruction.text)) }
    case 'STOPSIGNAL':
      return { ...config, StopSignal: stopSignal(expand(instruction.text)) }
    case 'SHELL':
      return { ...config, Shell: [...instruction.words] }
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] }
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: overridden(config.Healthcheck, healthcheck(instruction)) }
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
    throw new EngineError('invalid', `failed to process ${JSON.stringify(word)}: ${messageOf(error)}`, { cause: error })
  }
}

function stopSignal(text: string): string {
  if (signalNumber(text) === undefined) throw new EngineError('invalid', `invalid signal: ${text}`)
  return text
}

function nameSet(list: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(list.map((name) => [name, {}]))
}

/** A variable may hold several ports: the only place where a word becomes more than one. */
export function exposedWords(words: readonly string[], expand: Expand): string[] {
  return words.flatMap((word) => expand(word).split(/\s+/)).filter((word) => word !== '')
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

type Healthcheck = NonNullable<ImageConfig['Healthcheck']>

/** The check itself. @throws EngineError `invalid` with docker's words */
export function healthcheck(instruction: InstructionOf<'HEALTHCHECK'>): Healthcheck {
  const { test, flags } = instruction
  if (test === 'NONE') return { Test: ['NONE'] }
  const given = new Map(flags)
  try {
    return {
      Test: test.form === 'exec' ? ['CMD', ...test.words] : ['CMD-SHELL', test.line],
      Interval: nanoseconds('interval', given.get('interval')),
      Timeout: nanoseconds('timeout', given.get('timeout')),
      StartPeriod: nanoseconds('start-period', given.get('start-period')),
      StartInterval: nanoseconds('start-interval', given.get('start-interval')),
      Retries: retries(given.get('retries')),
    }
  } catch (error) {
    throw new EngineError('invalid', messageOf(error), { cause: error })
  }
}

/** What the new check does not say stays as the image below has it, as with docker. */
function overridden(before: ImageConfig['Healthcheck'], after: Healthcheck): Healthcheck {
  return {
    Test: after.Test,
    Interval: after.Interval || before?.Interval,
    Timeout: after.Timeout || before?.Timeout,
    StartPeriod: after.StartPeriod || before?.StartPeriod,
    StartInterval: after.StartInterval || before?.StartInterval,
    Retries: after.Retries || before?.Retries,
  }
}

function nanoseconds(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '0') return undefined
  const value = parseDuration(text)
  if (value === undefined) throw new Error(`time: ${/[a-zµ]/.test(text) ? 'invalid' : 'missing unit in'} duration ${JSON.stringify(text)}`)
  if (value > 0n && value < 1_000_000n) throw new Error(`Interval "${flag}" cannot be less than 1ms`)
  return Number(value) || undefined
}

function retries(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const value = goInteger(text)
  if (value < 0) throw new Error(`--retries cannot be negative (${value})`)
  return value || undefined
}
