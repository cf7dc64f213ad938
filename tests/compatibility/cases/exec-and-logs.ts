import { until } from '../../harness/until.ts'
import type { Chapter } from '../case.ts'
import type { Engine } from '../engine.ts'

/** Of one container that runs. */
const EXECS: readonly (readonly [line: string, name: string, differs?: string])[] = [
  [`exec execs sh -c 'echo out; exit 4'`, 'output and code'],
  [`exec --env A=b execs sh -c 'echo $A $IMAGE'`, 'environment'],
  [`exec --user nobody execs id`, 'user'],
  [`exec --workdir /tmp execs pwd`, 'working directory'],
  [`exec --user nosuch execs id`, 'an unknown user', 'docker 28 refuses it before the start'],
  [`exec nosuch true`, 'a container that is not there'],
  [`logs execs`, 'all'],
  [`logs --tail 1 execs`, 'the last line'],
  [`logs --until 2000-01-01T00:00:00 execs`, 'nothing so long ago'],
  [`logs nosuch`, 'a container that is not there'],
  [`port execs`, 'published ports'],
  [`inspect --format '{{.State.Status}} {{.Config.Image}}' execs`, '--format'],
  [`inspect --type image busybox --format '{{.RepoTags}} {{.Os}}'`, '--type'],
  [`ps --filter name=execs --format '{{.Names}} {{.Image}} {{.Command}} {{.Ports}}'`, '--format, --filter'],
  [`ps --all --filter label=nosuch --quiet`, '--all, --quiet'],
]

const REQUESTS: readonly (readonly [name: string, path: string, body: object | undefined, differs?: string])[] = [
  ['no command', '/containers/execs/exec', {}],
  ['a container that is not there', '/containers/nosuch/exec', { Cmd: ['true'] }],
  ['an exec that is not there', '/exec/nosuch/start', {}],
]

async function withContainer(engine: Engine, ask: () => Promise<string>): Promise<string> {
  if ((await engine.request('GET', '/containers/execs/json')).status === 404) {
    await engine.start('execs', {
      Cmd: ['sh', '-c', 'echo one; echo two; exec sleep 1000'],
      Env: ['IMAGE=of the container'],
      ExposedPorts: { '80/tcp': {} },
    })
    await until('its output', async () => (await engine.request('GET', '/containers/execs/logs?stdout=1')).body.includes('two'))
  }
  return ask()
}

export const execAndLogs: Chapter = {
  title: 'Exec, logs and views of a container that runs',
  cases: [
    ...EXECS.map(([line, name, differs]) => ({
      subject: `docker ${line}`,
      name,
      ask: (engine: Engine) => withContainer(engine, () => engine.says(line)),
      ...(differs ? { differs } : {}),
    })),
    ...REQUESTS.map(([name, path, body, differs]) => ({
      subject: `POST ${path.replace(/execs|nosuch/, '{id}')}`,
      name,
      ask: (engine: Engine) => withContainer(engine, () => engine.status('POST', path, body)),
      ...(differs ? { differs } : {}),
    })),
    {
      subject: 'docker exec execs nosuch',
      name: 'its code when there is no such program',
      ask: (engine) => withContainer(engine, () => engine.code('exec execs nosuch')),
      differs: 'as of docker 28: 126 is for what is there and does not run',
    },
    {
      subject: 'GET /exec/{id}/json',
      name: 'one that ended',
      ask: (engine) =>
        withContainer(engine, async () => {
          const { Id } = await engine.must<{ Id: string }>('POST', '/containers/execs/exec', { Cmd: ['sh', '-c', 'exit 4'], AttachStdout: true })
          await engine.request('POST', `/exec/${Id}/start`, {})
          return engine.get(`/exec/${Id}/json`, 'Running', 'ExitCode', 'ProcessConfig', 'OpenStdin', 'OpenStdout', 'CanRemove', 'DetachKeys')
        }),
    },
    {
      subject: 'POST /exec/{id}/start',
      name: 'a second time',
      ask: (engine) =>
        withContainer(engine, async () => {
          const { Id } = await engine.must<{ Id: string }>('POST', '/containers/execs/exec', { Cmd: ['true'], AttachStdout: true })
          await engine.request('POST', `/exec/${Id}/start`, {})
          return engine.status('POST', `/exec/${Id}/start`, {})
        }),
    },
    {
      subject: 'GET /containers/{id}/logs',
      name: 'neither of the streams',
      ask: (engine) => withContainer(engine, () => engine.status('GET', '/containers/execs/logs')),
    },
    {
      subject: 'GET /containers/{id}/logs?stdout=1',
      name: 'frames of standard output, and their type',
      ask: (engine) =>
        withContainer(engine, async () => {
          const { body, headers } = await engine.request('GET', '/containers/execs/logs?stdout=1')
          // How much of it is in one frame is chance: whoever writes fast is read in one piece.
          return `${headers['content-type'] ?? 'no type'} ${JSON.stringify(body.replace(/\u0001\0\0\0.{4}/gs, ''))}`
        }),
      differs: 'the type is always named',
    },
    {
      subject: 'GET /containers/{id}/top',
      name: 'titles',
      ask: (engine) => withContainer(engine, () => engine.get('/containers/execs/top', 'Titles')),
    },
    {
      subject: 'GET /containers/{id}/top?ps_args=',
      name: 'columns that were chosen',
      ask: (engine) => withContainer(engine, () => engine.get('/containers/execs/top?ps_args=-o+pid,comm', 'Titles')),
    },
    {
      subject: 'GET /containers/{id}/stats?stream=0',
      name: 'its parts',
      ask: (engine) =>
        withContainer(engine, async () => {
          const stats = await engine.must<object>('GET', '/containers/execs/stats?stream=0&one-shot=1')
          return Object.keys(stats).sort().join(' ')
        }),
    },
  ],
}
