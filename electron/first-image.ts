import { createReadStream, existsSync } from 'node:fs'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { askEngine } from './ask-engine.ts'

/** What a first container is made of: small, and it has a web server. */
const NAME = 'busybox:latest'

/**
 * Sees to it that the engine has the image of a first container, without internet where it came with this window.
 * @param archive as `docker load` takes it; beside the program, if it came with one
 * @returns its name
 * @throws Error with what to do where there is none
 */
export async function loadFirstImage(socketPath: string, archive: string): Promise<string> {
  const isThere = await askEngine(socketPath, 'GET', `/images/${NAME}/json`).then(
    () => true,
    () => false, // Whatever is wrong, the load will say it.
  )
  if (isThere) return NAME
  if (!existsSync(archive)) throw new Error(`No image came with this window. docker pull ${NAME} brings one.`)
  await load(socketPath, archive)
  return NAME
}

async function load(socketPath: string, archive: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { host: 'engine', 'Content-Type': 'application/x-tar', 'X-Engineroom-Window': '1' }
  const outgoing = request({ socketPath, method: 'POST', path: '/v1.51/images/load?quiet=1', agent: false, headers }, (response) => {
    text(response).then((said) => (response.statusCode === 200 ? resolve(said) : reject(new Error(said.trim()))), reject)
  })
  outgoing.on('error', reject)
  pipeline(createReadStream(archive), outgoing).catch(reject)
  const said = await promise
  if (said.includes('"errorDetail"')) throw new Error(said.trim())
}
