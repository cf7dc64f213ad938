import { tar } from '../../api/images/archives.ts'
import { type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

/** A container that was never started serves all of these. */
async function container(engine: Engine): Promise<string> {
  if ((await engine.request('GET', '/containers/files/json')).status === 404) {
    await engine.finish('files', { Cmd: ['sh', '-c', 'echo new > /new; rm /etc/group; chmod 600 /etc/passwd; mkdir /dir; ln -s /etc/passwd /link'] })
  }
  return '/containers/files'
}

async function statOf(engine: Engine, path: string): Promise<string> {
  const answer = await engine.request('HEAD', `${await container(engine)}/archive?path=${path}`)
  if (answer.status !== 200) return `${answer.status}`
  const { name, mode, linkTarget } = JSON.parse(Buffer.from(String(answer.headers['x-docker-container-path-stat']), 'base64').toString()) as Record<
    string,
    unknown
  >
  return JSON.stringify({ name, mode, linkTarget })
}

const put = async (engine: Engine, query: string) => {
  const { status, body } = await engine.request('PUT', `${await container(engine)}/archive?${query}`, await tar([['put', 'text\n']]))
  return status === 200 ? '200' : `${status} ${body.trim()}`
}

/** dockerd gives them in the order of a walk, which is not always the same. */
function sortedChanges(changes: readonly { Path: string; Kind: number }[]): string {
  return changes
    .map(({ Path, Kind }) => `${Path} ${Kind}`)
    .sort()
    .join(', ')
}

export const files: Chapter = {
  title: 'Files',
  cases: [
    {
      subject: 'GET /containers/{id}/changes',
      name: 'added, changed and deleted',
      ask: async (engine) => sortedChanges(await engine.must('GET', `${await container(engine)}/changes`)),
    },
    { subject: 'HEAD /containers/{id}/archive', name: 'a folder', ask: (engine) => statOf(engine, '/dir') },
    { subject: 'HEAD /containers/{id}/archive', name: 'a file', ask: (engine) => statOf(engine, '/etc/passwd') },
    { subject: 'HEAD /containers/{id}/archive', name: 'a symbolic link', ask: (engine) => statOf(engine, '/link') },
    { subject: 'HEAD /containers/{id}/archive', name: 'nothing there', ask: (engine) => statOf(engine, '/nosuch') },
    {
      subject: 'GET /containers/{id}/archive',
      name: 'nothing there',
      ask: async (engine) => engine.status('GET', `${await container(engine)}/archive?path=/nosuch`),
    },
    { subject: 'GET /containers/{id}/archive', name: 'without a path', ask: async (engine) => engine.status('GET', `${await container(engine)}/archive`) },
    { subject: 'PUT /containers/{id}/archive', name: 'into a folder', ask: (engine) => put(engine, 'path=/dir') },
    {
      subject: 'PUT /containers/{id}/archive',
      name: 'into a file',
      ask: (engine) => put(engine, 'path=/etc/passwd'),
      differs: 'a mistake of the client, as for docker 28',
    },
    { subject: 'PUT /containers/{id}/archive', name: 'into nothing', ask: (engine) => put(engine, 'path=/nosuch') },
    {
      subject: 'docker cp',
      name: 'out of a container, to standard output',
      async ask(engine) {
        await container(engine)
        const { code, stdout } = await engine.docker('cp files:/new -')
        return `exit ${code}: ${stdout.slice(0, 3)} … ${stdout.includes('new\n')}`
      },
    },
    { subject: 'docker cp', name: 'what is not there', ask: async (engine) => container(engine).then(() => engine.code('cp files:/nosuch -')) },
    {
      subject: 'docker diff',
      name: 'prints letters',
      ask: async (engine) =>
        container(engine)
          .then(() => engine.says('diff files'))
          .then((said) => said.split('⏎').sort().join('⏎')),
    },
    {
      subject: 'GET /containers/{id}/export',
      name: 'type of the answer',
      ask: async (engine) => String((await engine.request('GET', `${await container(engine)}/export`)).headers['content-type']),
    },
    {
      subject: 'POST /commit',
      name: 'changes become part of the image',
      async ask(engine) {
        await container(engine)
        const changes = encodeURIComponent('CMD ["x", "y"]')
        await engine.must('POST', `/commit?container=files&repo=committed&tag=1&comment=why&author=me&changes=${changes}&changes=ENV+A%3Db`)
        const answer = await engine.get('/images/committed:1/json', 'Comment', 'Author', 'Config.Cmd', 'Config.Env', 'RepoTags')
        await engine.must('DELETE', '/images/committed:1')
        return answer
      },
    },
    { subject: 'POST /commit', name: 'a container that is not there', ask: (engine) => engine.status('POST', '/commit?container=nosuch') },
    {
      subject: 'POST /commit',
      name: 'a change that is none',
      ask: async (engine) => container(engine).then(() => engine.status('POST', '/commit?container=files&changes=FROM+x')),
      differs: NEWER_WORDS,
    },
  ],
}
