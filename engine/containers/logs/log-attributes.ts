import type { ContainerSpec } from '../container.ts'

export type Attributes = ReadonlyMap<string, string>

type Named = Pick<ContainerSpec, 'name' | 'id' | 'imageId' | 'path' | 'args' | 'config'>

/**
 * What `labels`, `labels-regex`, `env`, `env-regex` and `tag` say about each line of a log.
 * @throws Error for an expression or a tag that cannot be understood
 * @see https://docs.docker.com/engine/logging/log_tags/
 */
export function logAttributesOf(spec: Named, options: Readonly<Record<string, string>>): Attributes {
  const labels = new Map(Object.entries(spec.config.Labels ?? {}))
  const env = new Map((spec.config.Env ?? []).filter((entry) => entry.includes('=')).map(splitEntry))
  const tag = tagOf(spec, options.tag ?? '')
  return new Map([
    ...chosen(labels, options.labels, options['labels-regex']),
    ...chosen(env, options.env, options['env-regex']),
    ...(tag === '' ? [] : [['tag', tag] as const]),
  ])
}

function splitEntry(entry: string): readonly [string, string] {
  const end = entry.indexOf('=')
  return [entry.slice(0, end), entry.slice(end + 1)]
}

function chosen(all: Attributes, names = '', pattern = ''): (readonly [string, string])[] {
  const listed = names.split(',')
  const expression = pattern === '' ? undefined : parseExpression(pattern)
  return [...all].filter(([name]) => listed.includes(name) || expression?.test(name))
}

function parseExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern)
  } catch (error) {
    throw new Error(`error parsing regexp: ${error instanceof Error ? error.message : error}`)
  }
}

/** The fields that docker documents for tags; a Go template can do more. */
function tagOf({ id, name, imageId, config, path, args }: Named, template: string): string {
  const image = imageId.replace(/^sha256:/, '')
  const fields: Readonly<Record<string, string>> = {
    ID: id.slice(0, 12),
    FullID: id,
    Name: name,
    ImageID: image.slice(0, 12),
    ImageFullID: imageId,
    ImageName: config.Image ?? '',
    DaemonName: 'docker',
    Command: [path, ...args].join(' '),
  }
  return template.replace(/\{\{(.*?)\}\}/g, (_, expression: string) => {
    const value = fields[expression.trim().replace(/^\./, '')]
    if (value === undefined)
      throw new Error(`template: log-tag: {{${expression}}} is not supported by this engine, use one of .${Object.keys(fields).join(', .')}`)
    return value
  })
}

/** `k=v,k2=v2`, sorted and escaped as in a URL. */
export function formatAttributes(attributes: Attributes): string {
  return [...attributes]
    .map(([key, value]) => `${queryEscape(key)}=${queryEscape(value)}`)
    .sort()
    .join(',')
}

/** As Go's url.QueryEscape: a blank is a plus, and JavaScript's exceptions are none. */
function queryEscape(text: string): string {
  return encodeURIComponent(text).replace(/%20|[!'()*]/g, (one) => (one === '%20' ? '+' : `%${one.charCodeAt(0).toString(16).toUpperCase()}`))
}
