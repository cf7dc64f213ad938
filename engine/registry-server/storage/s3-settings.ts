/** Which bucket, of whom. Names and secrets of accounts are none of it: the AWS SDK finds them in environment or files. */
export interface S3Settings {
  readonly bucket: string
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined
  readonly region: string
  /** Goes before every key: empty, or without `/` at its ends. */
  readonly prefix: string
  /** The bucket is a part of the path instead of the host's name: what most servers but Amazon's want. */
  readonly isPathStyle: boolean
}

const KEYS = ['bucket', 'endpoint', 'region', 'prefix', 'path-style']

/** @param text `bucket=NAME,endpoint=URL,region=NAME,prefix=PATH,path-style=BOOL`; all but the bucket may be left out @throws Error */
export function parseS3Settings(text: string): S3Settings {
  const values = new Map<string, string>()
  for (const part of text.split(',')) {
    const [, key = '', value = ''] = /^([a-z-]+)=(.+)$/.exec(part) ?? []
    if (key === '') throw new Error(`${JSON.stringify(part)} is not KEY=VALUE`)
    if (!KEYS.includes(key)) throw new Error(`unknown key ${key}: there are ${KEYS.join(', ')}`)
    if (values.has(key)) throw new Error(`${key} is there twice`)
    values.set(key, value)
  }
  const bucket = values.get('bucket')
  if (bucket === undefined) throw new Error('bucket=NAME is missing')
  const endpoint = values.get('endpoint')
  return {
    bucket,
    endpoint: endpoint === undefined ? undefined : parseEndpoint(endpoint),
    region: values.get('region') ?? 'us-east-1',
    prefix: (values.get('prefix') ?? '').replace(/^\/+|\/+$/g, ''),
    isPathStyle: parseBoolean(values.get('path-style'), endpoint !== undefined),
  }
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new Error(`endpoint ${text} is no URL of http or https`)
  // Everybody on the machine can read what a process was started with.
  if (url.username !== '' || url.password !== '')
    throw new Error('credentials are not taken from the endpoint: use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  return text
}

function parseBoolean(text: string | undefined, otherwise: boolean): boolean {
  if (text === undefined) return otherwise
  if (text !== 'true' && text !== 'false') throw new Error(`path-style ${text} is neither true nor false`)
  return text === 'true'
}
