import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CredentialStore } from './credentials.ts'
import { HUB_SERVER, registryOf, serverOf } from './registries.ts'

let folder: string
let store: CredentialStore
const path = process.env.PATH
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-docker-'))
  store = new CredentialStore(join(folder, 'docker'))
})
afterEach(async () => {
  process.env.PATH = path
  await rm(folder, { recursive: true })
})

const file = () => join(folder, 'docker', 'config.json')
const config = async () => JSON.parse(await readFile(file(), 'utf8'))

describe('without a helper', () => {
  test('it is kept in config.json as docker keeps it, for its owner alone, and everything else stays', async () => {
    expect(await store.logins()).toEqual([])
    await store.put('localhost:5000', { username: 'me', password: 'pass:word' })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    await writeFile(file(), JSON.stringify({ ...(await config()), currentContext: 'mine' }))
    await store.put(HUB_SERVER, { username: 'you', password: 'x' })
    expect(await config()).toEqual({
      currentContext: 'mine',
      auths: { 'localhost:5000': { auth: Buffer.from('me:pass:word').toString('base64') }, [HUB_SERVER]: { auth: Buffer.from('you:x').toString('base64') } },
    })
    expect(await store.find('localhost:5000')).toEqual({ username: 'me', password: 'pass:word' })
    expect(await store.logins()).toEqual([
      { server: HUB_SERVER, username: 'you', helper: '' },
      { server: 'localhost:5000', username: 'me', helper: '' },
    ])
    await store.remove('localhost:5000')
    await store.remove('localhost:5000')
    expect(await store.find('localhost:5000')).toBeUndefined()
    expect(Object.keys((await config()).auths)).toEqual([HUB_SERVER])
  })
})

describe('with a helper', () => {
  /** Keeps one login in a file; knows what docker's helpers know. */
  const HELPER = `#!/bin/sh
kept="$(dirname "$0")/kept"
case "$1" in
  store) cat >"$kept" ;;
  get) [ -e "$kept" ] && cat "$kept" || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) cat >/dev/null; rm -f "$kept" ;;
  list) [ -e "$kept" ] && echo '{"reg.example":"me"}' || echo '{}' ;;
esac
`

  test('the password is with the helper, and not in the file', async () => {
    await store.put('other', { username: 'a', password: 'b' })
    await writeFile(join(folder, 'docker-credential-test'), HELPER)
    await chmod(join(folder, 'docker-credential-test'), 0o755)
    process.env.PATH = `${folder}:${path}`
    await writeFile(file(), JSON.stringify({ credsStore: 'test' }))
    expect(await store.find('reg.example')).toBeUndefined()
    await store.put('reg.example', { username: 'me', password: 'secret' })
    expect(await config()).toEqual({ credsStore: 'test', auths: { 'reg.example': {} } })
    expect(await store.find('reg.example')).toEqual({ username: 'me', password: 'secret' })
    expect(await store.logins()).toEqual([{ server: 'reg.example', username: 'me', helper: 'test' }])
    await store.remove('reg.example')
    expect(await store.logins()).toEqual([])
  })

  test('one that is not there is said by its name', async () => {
    await store.put('other', { username: 'a', password: 'b' })
    await writeFile(file(), JSON.stringify({ credsStore: 'missing' }))
    await expect(store.logins()).rejects.toThrow('docker-credential-missing')
  })
})

test.each([
  ['', HUB_SERVER],
  ['docker.io', HUB_SERVER],
  [HUB_SERVER, HUB_SERVER],
  ['https://reg.example/v2/', 'reg.example'],
  ['localhost:5000', 'localhost:5000'],
])('“%s” is %s', (typed, server) => expect(serverOf(typed)).toBe(server))

test.each([
  ['/v1.51/images/create?fromImage=busybox&tag=1', 'docker.io'],
  ['/images/create?fromImage=team%2Fweb', 'docker.io'],
  ['/v1.51/images/create?fromImage=localhost%3A5000%2Fweb', 'localhost:5000'],
  ['/v1.51/images/create?fromImage=reg.example%2Fteam%2Fweb', 'reg.example'],
  ['/v1.51/images/localhost%3A5000%2Fteam%2Fweb/push?tag=1', 'localhost:5000'],
  ['/images/team/web/push', 'docker.io'],
  ['/v1.51/images/web/json', undefined],
  ['/v1.51/images/create?fromSrc=-', undefined],
  ['/v1.51/containers/create?fromImage=reg.example%2Fweb', undefined],
])('%s goes to %s', (path, registry) => expect(registryOf(path)).toBe(registry))
