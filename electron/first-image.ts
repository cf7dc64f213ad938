import { createReadStream, existsSync } from 'node:fs'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { askEngine } from './ask-engine.ts'
import { recordOf, textOf } from './docker/config-file.ts'

/** What a first container is made of: small, and it has a web server. */
const NAME = 'busybox:latest'

/**
 * Sees to it that the engine has the image of a first container: without internet where it came with this window, else pulled.
 * @param archive as `docker load` takes it; beside the program, if it came with one
 * @returns its name
 * @throws Error with the engine's words, or the registry's
 */
export async function loadFirstImage(socketPath: string, archive: string): Promise<string> {
  const isThere = await askEngine(socketPath, 'GET', `/images/${NAME}/json`).then(
    () => true,
    () => false, // Whatever is wrong, what follows will say it.
  )
  if (isThere) return NAME
  const said = existsSync(archive)
    ? await post(socketPath, '/images/load?quiet=1', createReadStream(archive))
    : await post(socketPath, `/images/create?fromImage=${encodeURIComponent(NAME)}`, Readable.from([]))
  // What goes wrong half-way is told in the stream. @see Engine API 1.51 ImageCreate
  const failure = said.split('\n').find((line) => line.includes('"errorDetail"'))
  if (failure !== undefined) throw new Error(textOf(recordOf(recordOf(JSON.parse(failure)).errorDetail).message))
  return NAME
}

async function post(socketPath: string, path: string, body: Readable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { host: 'engine', 'Content-Type': 'application/x-tar', 'X-Engineroom-Window': '1' }
  const outgoing = request({ socketPath, method: 'POST', path, agent: false, headers }, (response) => {
    text(response).then((said) => (response.statusCode === 200 ? resolve(said) : reject(new Error(said.trim()))), reject)
  })
  outgoing.on('error', reject)
  pipeline(body, outgoing).catch(reject)
  return promise
}
