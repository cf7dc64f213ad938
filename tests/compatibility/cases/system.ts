import { until } from '../../harness/until.ts'
import type { Chapter } from '../case.ts'
import type { Engine } from '../engine.ts'

export const system: Chapter = {
  title: 'The engine',
  cases: [
    { subject: 'GET /_ping', name: 'answers OK and names the operating system', ask: ping('GET') },
    { subject: 'HEAD /_ping', name: 'answers the same without a body', ask: ping('HEAD') },
    { subject: 'GET /version', name: 'names the platform', ask: (engine) => engine.get('/version', 'Os') },
    {
      subject: 'GET /version',
      name: 'API versions',
      ask: (engine) => engine.get('/version', 'ApiVersion', 'MinAPIVersion'),
      differs: 'newer versions are spoken, and those before 1.24 no longer, as by docker 28',
    },
    {
      subject: 'GET /info',
      name: 'what clients read',
      ask: (engine) =>
        engine.get('/info', 'OSType', 'LoggingDriver', 'IndexServerAddress', 'Swarm.LocalNodeState', 'DefaultRuntime', 'InitBinary', 'LiveRestoreEnabled'),
      differs: 'containers always outlive the engine',
    },
    { subject: 'GET /info', name: 'the plugins there are', ask: (engine) => engine.get('/info', 'Plugins.Volume', 'Plugins.Authorization') },
    { subject: 'GET /nosuch', name: 'an unknown path', ask: (engine) => engine.status('GET', '/nosuch') },
    { subject: 'PATCH /info', name: 'an unknown method', ask: (engine) => engine.status('PATCH', '/info') },
    {
      subject: 'GET /v1.99/info',
      name: 'a version from the future',
      ask: (engine) => engine.status('GET', '/v1.99/info'),
      differs: 'newer versions are spoken',
    },
    { subject: 'GET /swarm', name: 'there is no swarm', ask: (engine) => engine.status('GET', '/swarm') },
    { subject: 'GET /services', name: 'there is no swarm', ask: (engine) => engine.status('GET', '/services') },
    { subject: 'GET /nodes', name: 'there is no swarm', ask: (engine) => engine.status('GET', '/nodes') },
    { subject: 'POST /swarm/leave', name: 'there is nothing to leave', ask: (engine) => engine.status('POST', '/swarm/leave') },
    { subject: 'GET /plugins', name: 'there are none', ask: async (engine) => (await engine.request('GET', '/plugins')).body.trim() },
    { subject: 'GET /plugins/{name}/json', name: 'an unknown one', ask: (engine) => engine.status('GET', '/plugins/nosuch/json') },
    { subject: 'GET /events', name: 'the life of a container', ask: (engine) => lifeOf(engine, 'events-1', {}) },
    {
      subject: 'GET /events',
      name: 'the life of a container that removes itself',
      ask: (engine) => lifeOf(engine, 'events-2', { HostConfig: { AutoRemove: true } }),
    },
    { subject: 'GET /events', name: 'attributes of a container event', ask: attributes },
    {
      subject: 'GET /events',
      name: 'an unknown filter',
      ask: (engine) => engine.status('GET', `/events?until=1&filters={"nosuch":["x"]}`),
      differs: 'a filter that would do nothing is refused',
    },
    {
      subject: 'GET /system/df',
      name: 'its parts',
      ask: async (engine) =>
        Object.keys(await engine.must<object>('GET', '/system/df'))
          .sort()
          .join(' '),
    },
    { subject: 'docker version', name: '--format', ask: (engine) => engine.says(`version --format '{{.Server.Os}} {{.Client.APIVersion}}'`) },
    { subject: 'docker info', name: '--format', ask: (engine) => engine.says(`info --format '{{.OSType}} {{.Swarm.LocalNodeState}}'`) },
    { subject: 'docker inspect', name: 'something that is not there', ask: (engine) => engine.says('inspect nosuch') },
    { subject: 'docker system prune', name: '-f, with nothing to do', ask: (engine) => engine.says('system prune -f --filter label=nosuch') },
  ],
}

function ping(method: string) {
  return async (engine: Engine) => {
    const { status, body, headers } = await engine.request(method, '/_ping')
    return [status, body, headers.ostype, headers['content-type'], headers['cache-control'], headers['docker-experimental']].join(' | ')
  }
}

async function lifeOf(engine: Engine, name: string, body: object): Promise<string> {
  await engine.start(name, body)
  await engine.must('POST', `/containers/${name}/kill`)
  if (Object.keys(body).length === 0) await engine.remove(name)
  return (await eventsOf(engine, name, 'destroy')).map(({ Action }) => Action).join(' ')
}

async function attributes(engine: Engine): Promise<string> {
  await engine.finish('events-3', { Cmd: ['sh', '-c', 'exit 3'], Labels: { of: 'mine' } })
  const die = (await eventsOf(engine, 'events-3', 'die')).find(({ Action }) => Action === 'die')
  const { execDuration: _, ...named } = die?.Actor.Attributes ?? {}
  await engine.remove('events-3')
  return JSON.stringify(Object.fromEntries(Object.entries(named).sort()))
}

interface Event {
  readonly Action: string
  readonly Actor: { readonly Attributes: Record<string, string> }
}

/** All that was told of a container, up to an event: dockerd answers who waits before it tells everybody. */
function eventsOf(engine: Engine, name: string, last: string): Promise<Event[]> {
  const filters = encodeURIComponent(JSON.stringify({ container: [name], type: ['container'] }))
  return until(`${name} to ${last}`, async () => {
    const { body } = await engine.request('GET', `/events?since=1&until=${(Date.now() + 1) / 1000}&filters=${filters}`)
    const events = body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event)
    return events.some(({ Action }) => Action === last) && events
  })
}
