import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { trustAuthorities } from '../linux/trusted-authorities.ts'
import { OuterNetworkFollower } from './outer-network.ts'

/** Self-signed, by nobody. */
const FOREIGN = `-----BEGIN CERTIFICATE-----
MIIBozCCAUmgAwIBAgIULkvxWiGnsd6Glg/njGD5OGUUxtUwCgYIKoZIzj0EAwIw
JjEkMCIGA1UEAwwbYW4gYXV0aG9yaXR5IG9mIHRoaXMgdGVzdCdzMCAXDTI2MTEy
ODA3MTEzNVoYDzIxMjYxMTA0MDcxMTM1WjAmMSQwIgYDVQQDDBthbiBhdXRob3Jp
dHkgb2YgdGhpcyB0ZXN0J3MwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ6rKGN
Yh5TVx6VeXjJ8uvGXZDFownmfDGTKuGmb1NrYl34t4NYhG8OlUt5UnD/jlUgOu0h
zTpHPh0xRvg2tr13o1MwUTAdBgNVHQ4EFgQU7i0VhMgX9HkmNlHgpBmyOCn+WaUw
HwYDVR0jBBgwFoAU7i0VhMgX9HkmNlHgpBmyOCn+WaUwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEA5yxMN5jF6rpgjCo5C4EIzlg8ampxrVosp+Vz
M6FudmICIEF31midfA5UDSMWb6cdyXy90dxW2Rrb00N4ZY7btHFS
-----END CERTIFICATE-----
`

const IN_STORE = `-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUIB0gDHNslZJV2hGcmk1AhztOEWMwCgYIKoZIzj0EAwIw
KzEpMCcGA1UEAwwgYW5vdGhlciBhdXRob3JpdHkgb2YgdGhpcyB0ZXN0J3MwIBcN
MjYxMTI5MDM0MTAwWhgPMjEyNjExMDUwMzQxMDBaMCsxKTAnBgNVBAMMIGFub3Ro
ZXIgYXV0aG9yaXR5IG9mIHRoaXMgdGVzdCdzMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAESGkIBg8pJmsWqONL5zFCC3BD17eNGTnTPNaN62ODJ080fwnSFin9Inze
Zvn+X4JE61H3p+R1afjb2PJZB7gbZaNTMFEwHQYDVR0OBBYEFJmreuscThO4rrpJ
9LMfK5FgmbctMB8GA1UdIwQYMBaAFJmreuscThO4rrpJ9LMfK5FgmbctMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgZZ3sjD0WdDa8yhp3tjv+GiIs
xZAbiKZDtg3HuZX+ufYCIQCXYOYGgcpHtQc6l2hct0QkqBDUAUnKikfDwjN1W6kP
Hw==
-----END CERTIFICATE-----
`

const NOTHING = { proxies: { http: '', https: '', none: '' }, authorities: [], registryFiles: [] }

let folder: string
let follower: OuterNetworkFollower
let changes: number
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'er-unit-')), 'certs.d')
  changes = 0
  follower = new OuterNetworkFollower(folder, () => void changes++)
})
afterEach(async () => {
  await follower.follow(NOTHING)
  await rm(join(folder, '..'), { recursive: true })
})

test('proxies are those of the environment, however they were written there, until there are none', async () => {
  process.env.https_proxy = 'http://old.example'
  await follower.follow({ ...NOTHING, proxies: { http: '', https: 'http://a.example', none: 'b.example' } })
  const now = () => ['HTTP_PROXY', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY'].map((name) => process.env[name])
  expect(now()).toEqual([undefined, 'http://a.example', undefined, 'b.example'])
  await follower.follow(NOTHING)
  expect(now()).toEqual([undefined, undefined, undefined, undefined])
  expect(changes).toBe(2)
})

test('an authority is trusted besides our own and those of our store until it is not told of any more; what is none changes nothing', async () => {
  // The store is read once, so there is one test of both.
  const store = join(folder, '../store.crt')
  await writeFile(store, IN_STORE)
  vi.stubEnv('SSL_CERT_FILE', store)
  const trusted = () => {
    trustAuthorities()
    const all = new Set(getCACertificates('default').map((pem) => pem.trim()))
    return [FOREIGN, IN_STORE].map((pem) => all.has(pem.trim()))
  }
  expect(trusted()).toEqual([false, true])
  vi.unstubAllEnvs()
  await follower.follow({ ...NOTHING, authorities: [FOREIGN, IN_STORE] })
  expect(trusted()).toEqual([true, true])
  await expect(follower.follow({ ...NOTHING, authorities: ['words'] })).rejects.toMatchObject({ kind: 'invalid' })
  expect(trusted()).toEqual([true, true])
  await follower.follow(NOTHING)
  expect(trusted()).toEqual([false, true])
})

test('files of certs.d are put for their registries, and removed when they have gone', async () => {
  const file = (host: string, text: string) => ({ host, name: 'ca.crt', text })
  await follower.follow({ ...NOTHING, registryFiles: [file('a.example:5000', 'first'), file('b.example', 'b')] })
  await follower.follow({ ...NOTHING, registryFiles: [file('a.example:5000', 'second')] })
  expect(await readFile(join(folder, 'a.example:5000/ca.crt'), 'utf8')).toBe('second')
  expect(await readdir(join(folder, 'b.example'))).toEqual([])
})
