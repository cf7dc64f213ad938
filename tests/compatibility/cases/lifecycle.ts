import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

type State = 'created' | 'running' | 'paused' | 'exited'

/** Brings a container into a state. */
const MAKE: Record<State, (engine: Engine, name: string) => Promise<void>> = {
  created: (engine, name) => engine.create(name),
  running: (engine, name) => engine.start(name),
  async paused(engine, name) {
    await engine.start(name)
    await engine.must('POST', `/containers/${name}/pause`)
  },
  // A second run does not end: its state afterwards would be left to chance.
  exited: (engine, name) => engine.finish(name, { Cmd: ['sh', '-c', 'test -e /ran && exec sleep 1000; touch /ran'] }),
}

const VERBS: readonly (readonly [verb: string, states: Partial<Record<State, string>>])[] = [
  ['POST start', { running: '', paused: '', exited: '' }],
  ['POST stop', { created: '', running: '', paused: '', exited: '' }],
  ['POST restart?t=0', { created: '', running: '', exited: '' }],
  ['POST kill', { created: NEWER_WORDS, running: '', exited: NEWER_WORDS }],
  ['POST kill?signal=NOSUCH', { running: NEWER_WORDS }],
  ['POST pause', { created: NEWER_WORDS, running: '', exited: NEWER_WORDS }],
  ['POST unpause', { created: '', running: '', paused: '' }],
  ['POST rename?name=other', { created: '', running: '' }],
  ['POST rename?name=', { created: '' }],
  ['POST resize?h=1&w=1', { created: NEWER_WORDS }],
  ['GET top', { created: NEWER_WORDS }],
  ['DELETE ', { created: '', running: NEWER_WORDS, paused: NEWER_WORDS, exited: '' }],
]

/** Answer and state afterwards. */
async function tried(engine: Engine, verb: string, state: State): Promise<string> {
  await MAKE[state](engine, 'tried')
  const [, id = ''] = /"(\w{64})"/.exec(JSON.stringify((await engine.must<{ Id: string }>('GET', '/containers/tried/json')).Id)) ?? []
  const [method = '', action = ''] = verb.split(' ')
  const answer = await engine.status(method, `/containers/tried${action === '' ? '' : `/${action}`}`)
  const after = await engine.request('GET', `/containers/${id}/json`)
  const status = after.status === 404 ? 'gone' : after.json<{ State: { Status: string } }>().State.Status
  if (after.status !== 404) await engine.remove(id)
  return `${answer}; then ${status}`
}

const verbCases = VERBS.flatMap(([verb, states]) =>
  Object.entries(states).map(([state, differs]): Case => {
    const [method, action = ''] = verb.split(' ')
    return {
      subject: `${method} /containers/{id}${action === '' ? '' : `/${action}`}`,
      name: `one that is ${state}`,
      ask: (engine) => tried(engine, verb, state as State),
      ...(differs ? { differs } : {}),
    }
  }),
)

async function listed(engine: Engine, filters: object, all = 1): Promise<string> {
  const answer = await engine.request('GET', `/containers/json?all=${all}&filters=${encodeURIComponent(JSON.stringify(filters))}`)
  if (answer.status !== 200) return `${answer.status} ${answer.json<{ message: string }>().message}`
  return answer
    .json<{ Names: string[]; State: string }[]>()
    .map(({ Names, State }) => `${Names.join()} ${State}`)
    .join(', ')
}

/** They stay for all of these questions. */
async function withThree(engine: Engine): Promise<void> {
  if ((await engine.request('GET', '/containers/list-running/json')).status === 200) return
  await engine.create('list-created', { Labels: { list: 'a' } })
  await engine.finish('list-exited', { Cmd: ['sh', '-c', 'exit 3'], Labels: { list: 'b' } })
  await engine.start('list-running', { Labels: { list: 'a', more: '' } })
}

const LISTS: readonly (readonly [filters: object, differs?: string])[] = [
  [{ label: ['list=a'] }],
  [{ label: ['list'] }],
  [{ label: ['list'], status: ['exited'] }],
  [{ label: ['list'], exited: ['3'] }],
  [{ label: ['list'], name: ['list-r'] }],
  [{ label: ['list'], name: ['^/list-.*ted$'] }],
  [{ label: ['list'], before: ['list-exited'] }],
  [{ label: ['list'], since: ['list-created'] }],
  [{ label: ['list'], ancestor: ['busybox'] }],
  [{ label: ['list'], network: ['bridge'] }],
  [{ label: ['list'], health: ['none'] }],
  [{ status: ['nosuch'] }, NEWER_WORDS],
  [{ nosuch: ['x'] }, NEWER_WORDS],
]

const listCases = LISTS.map(
  ([filters, differs]): Case => ({
    subject: `GET /containers/json?filters=${JSON.stringify(filters)}`,
    name: 'of one created, one exited, one running',
    ask: async (engine) => withThree(engine).then(() => listed(engine, filters)),
    ...(differs ? { differs } : {}),
  }),
)

export const lifecycle: Chapter = {
  title: 'The life of a container',
  cases: [
    ...verbCases,
    {
      subject: 'POST /containers/{id}/update',
      name: 'limits and policy of one that runs',
      async ask(engine) {
        await engine.start('updated')
        await engine.must('POST', '/containers/updated/update', { CpuShares: 300, RestartPolicy: { Name: 'always' } })
        const answer = await engine.get('/containers/updated/json', 'HostConfig.CpuShares', 'HostConfig.RestartPolicy')
        await engine.remove('updated')
        return answer
      },
    },
    { subject: 'POST /containers/{id}/start', name: 'one that is not there', ask: (engine) => engine.status('POST', '/containers/nosuch/start') },
    { subject: 'GET /containers/{id}/json', name: 'one that is not there', ask: (engine) => engine.status('GET', '/containers/nosuch/json') },
    {
      subject: 'POST /containers/{id}/wait',
      name: 'the code it ended with',
      async ask(engine) {
        await engine.finish('waited', { Cmd: ['sh', '-c', 'exit 7'] })
        const { body } = await engine.request('POST', '/containers/waited/wait')
        await engine.remove('waited')
        return body.trim()
      },
      differs: 'no empty error, as from docker 28',
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'the state of one that ended',
      async ask(engine) {
        await engine.finish('ended', { Cmd: ['sh', '-c', 'exit 7'] })
        const answer = await engine.get('/containers/ended/json', 'State')
        await engine.remove('ended')
        return answer
      },
    },
    {
      subject: 'POST /containers/prune',
      name: 'only what has the label',
      async ask(engine) {
        await engine.create('pruned', { Labels: { prune: 'me' } })
        const { ContainersDeleted } = await engine.must<{ ContainersDeleted: string[] }>('POST', `/containers/prune?filters={"label":["prune=me"]}`)
        return `${ContainersDeleted.length} deleted, ${await engine.status('GET', '/containers/pruned/json')}`
      },
    },
    ...listCases,
  ],
}
