import { readdir, readFile, readlink } from 'node:fs/promises'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { recordOf, textOf } from '../docker/config-file.ts'
import { codeOf } from '../errors.ts'

const ANSWER_MS = 2_000

/** Who lives at a unix socket, for a person to read; undefined when nobody does. */
export async function socketHolder(path: string): Promise<string | undefined> {
  const engine = await engineAt(path)
  if (engine === undefined) return undefined
  const process = await listenerOf(path)
  return process === undefined ? engine : `${engine} (${process})`
}

/** What answers; also what listens and says nothing, or nothing to us. */
function engineAt(path: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const asked = request({ socketPath: path, path: '/version', agent: false, headers: { Host: 'engine' }, signal: AbortSignal.timeout(ANSWER_MS) })
  asked.on('response', (response) => {
    text(response).then(
      (body) => resolve(nameIn(body)),
      () => resolve('a program that is no engine'),
    )
  })
  asked.on('error', (error) => resolve(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(codeOf(error) ?? '') ? undefined : 'a program that does not answer'))
  asked.end()
  return promise
}

function nameIn(body: string): string {
  try {
    const version = recordOf(JSON.parse(body))
    return `${textOf(recordOf(version.Platform).Name) || 'an engine'} ${textOf(version.Version)}`.trim()
  } catch {
    return 'a program that is no engine' // What it says is no JSON.
  }
}

/** The process that listens, where we may see it. @see proc(5): /proc/net/unix has `num: refs protocol flags type state inode path` */
async function listenerOf(path: string): Promise<string | undefined> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '') // Not on a Mac.
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/))
  const wanted = new Set(rows.filter((row) => row[7] === path && row[3] === '00010000').map((row) => `socket:[${row[6]}]`))
  if (wanted.size === 0) return undefined
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== '1') // systemd has a socket as well, for others.
  const found = await Promise.all(pids.map(async (pid) => ((await openFilesOf(pid)).some((file) => wanted.has(file)) ? pid : undefined)))
  const pid = found.find((one) => one !== undefined)
  const name = pid === undefined ? '' : (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  return name === '' ? undefined : `${name}, pid ${pid}`
}

/** Of a process that has ended, or is another person's, nothing is known. */
async function openFilesOf(pid: string): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  return Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
}
