import { expect, test } from 'vitest'
import { type DiagnosticParts, diagnosticsText } from './diagnostics.ts'

const SECRET = 'hunter2'

test('what a container was told stays out of what is handed on', () => {
  const parts: DiagnosticParts = {
    atMs: 0,
    identity: undefined,
    connection: 'live',
    reason: `proxy http://me:${SECRET}@proxy:3128 refused`,
    host: undefined,
    checks: [{ id: 'dns', title: 'DNS', state: 'warn', detail: `tcp://me:${SECRET}@there is silent`, fix: '' }],
    engineSpending: undefined,
    appSpending: undefined,
    startup: undefined,
    containers: [
      {
        id: 'c1',
        name: 'db',
        image: 'postgres:17',
        imageId: 'sha256:1',
        command: `postgres --password ${SECRET}`,
        createdAtMs: 0,
        state: 'exited',
        health: 'none',
        exitCode: 1,
        sinceMs: undefined,
        ports: [],
        labels: { 'com.example.token': SECRET },
        attachments: [{ network: 'bridge', address: '', names: [] }],
        volumes: [],
      },
    ],
    images: [],
    volumeCount: 0,
    networkCount: 3,
    events: [{ atMs: 0, type: 'container', action: `exec_create: sh -c ${SECRET}`, id: 'c1', attributes: { token: SECRET } }],
  }
  const text = diagnosticsText(parts)
  expect(text).not.toContain(SECRET)
  expect(JSON.parse(text)).toMatchObject({
    connection: { reason: 'proxy http://(hidden)@proxy:3128 refused' },
    containers: [{ image: 'postgres:17', exitCode: 1, networks: ['bridge'] }],
    events: [{ type: 'container', action: 'exec_create' }],
  })
})
