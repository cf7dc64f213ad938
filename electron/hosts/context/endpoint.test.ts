import { expect, test } from 'vitest'
import { endpointOf } from './endpoint.ts'

test.each([
  ['unix:///run/docker.sock', { kind: 'unix', path: '/run/docker.sock' }],
  ['tcp://build.example:2376', { kind: 'tcp', host: 'build.example', port: 2376 }],
  ['tcp://[::1]:2377', { kind: 'tcp', host: '::1', port: 2377 }],
  ['tcp://10.0.0.1', { kind: 'tcp', host: '10.0.0.1', port: 2375 }],
  ['ssh://me@build:2222', { kind: 'ssh', host: 'build', user: 'me', port: 2222 }],
  ['ssh://build', { kind: 'ssh', host: 'build' }],
  ['ssh://me@build/run/user/1000/podman/podman.sock', { kind: 'ssh', host: 'build', user: 'me', path: '/run/user/1000/podman/podman.sock' }],
])('%s', (text, endpoint) => expect(endpointOf(text, false)).toEqual(endpoint))

test('the port of TLS is another one', () => expect(endpointOf('tcp://build', true)).toMatchObject({ port: 2376 }))

test.each([
  ['', 'leads nowhere'],
  ['build', 'leads nowhere'],
  ['unix://', 'leads nowhere'],
  ['npipe:////./pipe/docker_engine', 'unix, tcp and ssh'],
  ['ssh://-oProxyCommand=touch%20%2Ftmp%2Fx', 'no address for ssh'],
  ['ssh://-oProxyCommand=x@build', 'no address for ssh'],
  ['ssh://me:secret@build', 'A password does not belong'],
  ['ssh://build?x=1', 'no address for ssh'],
])('“%s” is refused in words', (text, message) => expect(() => endpointOf(text, false)).toThrow(message))
