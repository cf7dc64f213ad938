import { listContainers } from './containers.ts'
import { loadFirstImage } from './desktop.ts'
import { callEngine, command } from './engine-client.ts'
import { asRecords, textAt } from './json.ts'

const NAME = 'hello-engineroom'

const PAGE = `<!doctype html><meta charset=utf-8><title>Hello from Engineroom</title>
<body style="font:18px system-ui;margin:4em auto;max-width:32em"><h1>Hello from Engineroom</h1>
<p>This page comes out of a container on your computer. Stop it in the window, and it is gone.</p>`

/**
 * A container with a web server, whose port is published to this computer alone. One that is there from before is used again.
 * @returns its id, and the address at which a browser finds it
 * @throws Error with the words of whoever refused
 */
export async function runFirstContainer(): Promise<{ readonly id: string; readonly url: string }> {
  const before = (await listContainers()).find(({ name }) => name === NAME)
  const id = before?.id ?? (await create(await loadFirstImage()))
  if (before?.state !== 'running') await command('POST', `/containers/${id}/start`)
  const [row] = await listContainers([id])
  const port = row?.ports.find(({ published }) => published !== undefined)?.published
  if (port === undefined) throw new Error(`${NAME} does not run, or has no published port. Its logs may say why.`)
  return { id, url: `http://localhost:${port}` }
}

async function create(image: string): Promise<string> {
  const serve = `mkdir -p /tmp/www && echo "$PAGE" > /tmp/www/index.html && exec httpd -f -p 80 -h /tmp/www`
  const response = await callEngine('POST', '/containers/create', {
    query: { name: NAME },
    body: {
      Image: image,
      Cmd: ['sh', '-c', serve],
      Env: [`PAGE=${PAGE}`],
      StopSignal: 'SIGKILL', // It has nothing to put in order, and does not listen to SIGTERM.
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    },
  })
  return textAt(asRecords([await response.json()])[0] ?? {}, 'Id')
}
