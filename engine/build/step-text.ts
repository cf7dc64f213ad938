import type { Instruction } from '../dockerfile/instruction.ts'
import { commandWords, type Expand } from '../images/changes.ts'
import type { ImageConfig } from '../images/image.ts'

/** How the history of an image marks a step that ran nothing. */
const NOTHING_RUN = '/bin/sh -c #(nop) '

/**
 * What a step that changes only the configuration leaves in the history. It holds all that decides the result, with
 * variables replaced: the cache looks for it.
 */
export function configStepText(instruction: Instruction, config: ImageConfig, expand: Expand): string {
  return `${NOTHING_RUN} ${instruction.name} ${argumentsOf(instruction, config, expand)}`
}

/** @param content digest of what is copied, with its kind in front: `file:…`, `dir:…`, `multi:…` */
export function copyStepText(verb: 'COPY' | 'ADD', flags: readonly string[], content: string, target: string): string {
  return `${NOTHING_RUN}${[verb, ...flags, content, 'in', target].join(' ')} `
}

/** A RUN step with the build arguments that it could see, as docker writes them. */
export function runStepText(command: readonly string[], args: readonly string[]): string {
  return [...(args.length > 0 ? [`|${args.length}`, ...args] : []), ...command].join(' ')
}

function argumentsOf(instruction: Instruction, config: ImageConfig, expand: Expand): string {
  switch (instruction.name) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.map(([name, value]) => `${expand(name)}=${expand(value)}`).join(' ')
    case 'ARG':
      return instruction.pairs.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join(' ')
    case 'CMD':
    case 'ENTRYPOINT':
      return JSON.stringify(commandWords(instruction.command, config.Shell))
    case 'EXPOSE':
      return instruction.words.map(expand).sort().join(' ')
    case 'VOLUME':
      return `[${instruction.words.map(expand).join(' ')}]`
    case 'SHELL':
      return JSON.stringify(instruction.words)
    case 'USER':
    case 'STOPSIGNAL':
    case 'WORKDIR':
      return expand(instruction.text)
    case 'ONBUILD':
      return instruction.trigger
    case 'HEALTHCHECK':
    case 'MAINTAINER':
      return instruction.text
    default:
      return instruction.source
  }
}
