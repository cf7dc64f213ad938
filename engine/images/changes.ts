import { EngineError } from '../errors.ts'
import type { ImageConfig } from './image.ts'

/** Instructions that change an image without running anything. @see docker commit --change, docker import --change */
type Change = (config: ImageConfig, text: string) => ImageConfig

const CHANGES: Readonly<Record<string, Change>> = {
  CMD: (config, text) => ({ ...config, Cmd: command(text) }),
  ENTRYPOINT: (config, text) => ({ ...config, Entrypoint: command(text) }),
  ENV: (config, text) => ({ ...config, Env: mergeEnv(config.Env, pairs(text)) }),
  EXPOSE: (config, text) => ({
    ...config,
    ExposedPorts: { ...config.ExposedPorts, ...names(words(text).map((port) => (port.includes('/') ? port : `${port}/tcp`))) },
  }),
  LABEL: (config, text) => ({ ...config, Labels: { ...config.Labels, ...Object.fromEntries(pairs(text)) } }),
  ONBUILD: (config, text) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), text] }),
  STOPSIGNAL: (config, text) => ({ ...config, StopSignal: text }),
  USER: (config, text) => ({ ...config, User: text }),
  VOLUME: (config, text) => ({ ...config, Volumes: { ...config.Volumes, ...names(jsonList(text) ?? words(text)) } }),
  WORKDIR: (config, text) => ({ ...config, WorkingDir: text.startsWith('/') ? text : `${config.WorkingDir?.replace(/\/$/, '') ?? ''}/${text}` }),
  HEALTHCHECK: (config, text) => ({ ...config, Healthcheck: healthcheck(text) }),
}

/** @throws EngineError `invalid` for an instruction that needs a build, or none at all */
export function applyChanges(config: ImageConfig, changes: readonly string[]): ImageConfig {
  return changes
    .flatMap((change) => change.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .reduce((before, line) => {
      const found = /^(\S+)\s*(.*)$/s.exec(line)
      const instruction = found?.[1]?.toUpperCase() ?? ''
      const change = CHANGES[instruction]
      if (!change) throw new EngineError('invalid', `${instruction} is not a valid change command`)
      return change(before, found?.[2]?.trim() ?? '')
    }, config)
}

/** The exec form is a JSON list; anything else is a line for the shell. */
function command(text: string): string[] {
  return jsonList(text) ?? ['/bin/sh', '-c', text]
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined
  } catch {
    return undefined // Docker takes a broken list for a shell line, too.
  }
}

function names(list: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(list.map((name) => [name, {}]))
}

/** Words with quotes and backslashes as in a Dockerfile. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g)].map(([word]) => unquote(word))
}

function unquote(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
    (_, double?: string, single?: string, escaped?: string) => double?.replace(/\\(.)/g, '$1') ?? single ?? escaped ?? '',
  )
}

/** `A=1 B="two words"`, or the old `NAME rest of the line`. */
function pairs(text: string): [string, string][] {
  if (!/^[^\s=]+=/.test(text)) {
    const found = /^(\S+)\s+(.*)$/s.exec(text)
    if (!found) throw new EngineError('invalid', `can't find = in ${JSON.stringify(text)}. Must be of the form: name=value`)
    return [[found[1] ?? '', found[2] ?? '']]
  }
  return words(text).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
}

function mergeEnv(before: readonly string[] | undefined, changed: readonly [string, string][]): string[] {
  const entries = new Map((before ?? []).map((entry) => [entry.split('=', 1)[0] ?? '', entry]))
  for (const [name, value] of changed) entries.set(name, `${name}=${value}`)
  return [...entries.values()]
}

function healthcheck(text: string): ImageConfig['Healthcheck'] {
  const found = /^(.*?)(NONE|CMD)\b\s*(.*)$/s.exec(text)
  if (!found) throw new EngineError('invalid', `Unknown type ${JSON.stringify(text)} in HEALTHCHECK (try CMD)`)
  if (found[2] === 'NONE') return { Test: ['NONE'] }
  const options = Object.fromEntries([...(found[1] ?? '').matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  const list = jsonList(found[3] ?? '')
  return {
    Test: list ? ['CMD', ...list] : ['CMD-SHELL', found[3] ?? ''],
    Interval: nanoseconds(options.interval),
    Timeout: nanoseconds(options.timeout),
    StartPeriod: nanoseconds(options['start-period']),
    StartInterval: nanoseconds(options['start-interval']),
    Retries: options.retries === undefined ? undefined : Number(options.retries),
  }
}

function nanoseconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const units: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6 }
  return [...text.matchAll(/([\d.]+)(h|ms|m|s)/g)].reduce((total, [, value, unit]) => total + Number(value) * (units[unit ?? ''] ?? 0), 0)
}
