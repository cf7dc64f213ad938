import { goDuration } from '../containers/go-duration.ts'
import type { Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { commandWords, type Expand, exposedWords, healthcheck } from '../images/changes.ts'
import type { ImageConfig } from '../images/image.ts'
import { goQuotedList, goQuotedNumber } from './go-format.ts'

/**
 * What steps leave in the history of an image, as docker writes it. It holds all that decides the result, with variables
 * replaced: the cache looks for it.
 */

/** A step that changes only the configuration. @param config as it is afterwards */
export function configStepText(instruction: Instruction, config: ImageConfig, expand: Expand): string {
  return `${nothingRun(config)}#(nop)  ${instruction.name} ${argumentsOf(instruction, config, expand)}`
}

export function workdirStepText(config: ImageConfig): string {
  return `${nothingRun(config)}#(nop) WORKDIR ${config.WorkingDir}`
}

/** @param content digest of what is copied, with its kind in front: `file:…`, `dir:…`, `multi:…` */
export function copyStepText(verb: 'COPY' | 'ADD', config: ImageConfig, flags: readonly string[], content: string, target: string): string {
  return `${nothingRun(config)}#(nop) ${[verb, ...flags, content, 'in', target].join(' ')} `
}

/**
 * A RUN step.
 * @param args what it could see of build arguments; undefined when there were none. Docker says also that there were some
 *   of which it tells nothing.
 */
export function runStepText(command: readonly string[], args: readonly string[] | undefined): string {
  return [...(args ? [`|${args.length}`, ...args] : []), ...command].join(' ')
}

function nothingRun({ Shell }: ImageConfig): string {
  return `${(Shell && Shell.length > 0 ? Shell : ['/bin/sh', '-c']).join(' ')} `
}

function argumentsOf(instruction: Instruction, config: ImageConfig, expand: Expand): string {
  switch (instruction.name) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.map(([name, value]) => `${expand(name)}=${expand(value)}`).join(' ')
    case 'ARG':
      return instruction.pairs.map(([name, value]) => (value === undefined ? name : `${name}=${expand(value)}`)).join(' ')
    case 'CMD':
    case 'ENTRYPOINT':
      return goQuotedList(commandWords(instruction.command, config.Shell))
    case 'EXPOSE':
      return exposedWords(instruction.words, expand).join(' ')
    case 'VOLUME':
      return `[${instruction.words.map(expand).join(' ')}]`
    case 'SHELL':
      return `[${instruction.words.join(' ')}]`
    case 'USER':
    case 'STOPSIGNAL':
      return expand(instruction.text)
    case 'ONBUILD':
      return instruction.trigger
    case 'HEALTHCHECK':
      return healthcheckText(instruction)
    case 'MAINTAINER':
      return instruction.text
    default:
      return instruction.source
  }
}

/** As Go prints the fields of the check. */
function healthcheckText(instruction: InstructionOf<'HEALTHCHECK'>): string {
  const { Test = [], Interval, Timeout, StartPeriod, StartInterval, Retries } = healthcheck(instruction)
  const durations = [Interval, Timeout, StartPeriod, StartInterval].map((nanoseconds) => (nanoseconds ? goDuration(nanoseconds / 1e6) : '0s'))
  return `&{${goQuotedList(Test)} ${durations.map((text) => `"${text}"`).join(' ')} ${goQuotedNumber(Retries ?? 0)}}`
}
