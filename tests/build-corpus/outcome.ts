import { request } from 'node:http'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ApiAnswer } from '../harness/api-request.ts'
import type { Outcome as ProgramOutcome } from '../harness/run.ts'
import { fileTree } from './file-tree.ts'
import type { Aspect, Recipe } from './recipes.ts'

/** What builds: our daemon or dockerd, and the docker CLI that talks to it. */
export interface Builder {
  readonly socketPath: string
  docker(args: readonly string[]): Promise<ProgramOutcome>
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer>
}

/** What came out of a recipe, in words in which nothing is left to chance. */
export interface Result extends Readonly<Record<Aspect, unknown>> {
  readonly files: readonly string[]
}

const CONFIG = ['Env', 'Cmd', 'Entrypoint', 'WorkingDir', 'User', 'Volumes', 'ExposedPorts', 'Labels', 'OnBuild', 'Healthcheck', 'StopSignal', 'Shell'] as const

/** Builds a context, looks at the image, and runs it. @param url of the web server, for `$URL` in arguments */
export async function outcomeOf(builder: Builder, recipe: Recipe, context: string, url: string): Promise<Result> {
  const tag = `corpus-${recipe.name}`
  const args = (recipe.args ?? []).map((word) => word.replace('$URL', url))
  const { code, stderr } = await builder.docker(['build', '--network', 'none', '--force-rm', '-t', tag, ...args, context])
  if (code !== 0) return { end: `exit ${code}: ${ownWords(stderr)}`, files: [], config: {}, history: [], run: '' }
  const image = (await builder.api('GET', `/v1.41/images/${tag}/json`)).json<{ Author: string; Config: Record<string, unknown> }>()
  const history = (await builder.api('GET', `/images/${tag}/history`)).json<{ CreatedBy: string }[]>()
  return {
    end: 'exit 0',
    files: await filesOf(builder, tag),
    config: { Author: image.Author, ...Object.fromEntries(CONFIG.map((key) => [key, plain(image.Config[key])])) },
    history: history.map(({ CreatedBy }) => withoutChance(CreatedBy)).reverse(),
    run: await runOf(builder, tag),
  }
}

export async function filesOf(builder: Builder, tag: string): Promise<string[]> {
  const created = await builder.api('POST', '/containers/create', { Image: tag, Cmd: ['x'] })
  const { Id } = created.json<{ Id: string }>()
  if (Id === undefined) throw new Error(`create from ${tag}: ${created.body}`)
  const tree = await fileTree(await exported(builder.socketPath, Id))
  await builder.api('DELETE', `/containers/${Id}?force=1&v=1`)
  return tree
}

async function exported(socketPath: string, id: string): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<Readable>()
  const outgoing = request({ socketPath, path: `/containers/${id}/export` }, async (response) => {
    if (response.statusCode === 200) resolve(response)
    else reject(new Error(`export: ${response.statusCode} ${await text(response)}`))
  })
  outgoing.on('error', reject).end()
  return promise
}

/** What the image does when it is run without further words. */
async function runOf(builder: Builder, tag: string): Promise<string> {
  const { code, stdout, stderr } = await builder.docker(['run', '--rm', '--network', 'none', '--hostname', 'host', tag])
  return `exit ${code}\n${stdout}${stderr}`
}

/** The message without what the client adds of its own. */
function ownWords(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(DEPRECATED|\s{4,})/.test(line))
    .join('\n')
    .replace('Error response from daemon: ', '')
}

/** Neither engine promises an order of keys, and both have `null` or `{}` for nothing. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0) || value === '') return null
  if (typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** No digests, no processor; and dockerd 20.10 forgot the blank after `--chown`. */
function withoutChance(text: string): string {
  return text.replace(/(--chown=\S+?) ?((?:file:|dir:|multi:)?[0-9a-f]{64} in)/, '$1 $2').replace(/[0-9a-f]{64}/g, 'DIGEST').replace(/amd64|arm64/g, 'ARCH')
}
