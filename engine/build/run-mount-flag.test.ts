import { describe, expect, it } from 'vitest'
import { parseRunMount } from './run-mount-flag.ts'

const OWNER = { uid: 0, gid: 0, mode: 0o755 }

describe('RUN --mount', () => {
  it.each<[string, object]>([
    ['target=/src', { type: 'bind', target: '/src', source: '/', from: undefined, isReadOnly: true }],
    ['type=bind,src=a,dst=b,from=base,ro', { type: 'bind', target: '/work/b', source: 'a', from: 'base', isReadOnly: true }],
    ['target=/src,rw', { type: 'bind', target: '/src', source: '/', from: undefined, isReadOnly: false }],
    ['target=/src,readonly=false', { type: 'bind', target: '/src', source: '/', from: undefined, isReadOnly: false }],
    ['target=/src,readwrite=false', { type: 'bind', target: '/src', source: '/', from: undefined, isReadOnly: true }],
    ['type=cache,target=/c', { type: 'cache', target: '/c', id: '/c', isReadOnly: false, isShared: true, owner: OWNER, seed: undefined }],
    [
      'type=cache,target=/c,from=base,source=/kit',
      { type: 'cache', target: '/c', id: '/c', isReadOnly: false, isShared: true, owner: OWNER, seed: { from: 'base', source: '/kit' } },
    ],
    [
      'type=cache,id=x,target=/c,sharing=locked,uid=1,gid=2,mode=0700,readonly=true',
      { type: 'cache', target: '/c', id: 'x', isReadOnly: true, isShared: false, owner: { uid: 1, gid: 2, mode: 0o700 }, seed: undefined },
    ],
    ['type=tmpfs,target=/t,size=1m', { type: 'tmpfs', target: '/t', sizeBytes: 1_048_576 }],
    [
      'type=secret,id=key',
      { type: 'secret', id: 'key', target: '/run/secrets/key', isRequired: false, owner: { uid: 0, gid: 0, mode: 0o400 }, variable: undefined },
    ],
    [
      'type=secret,id=a/key,env=KEY',
      { type: 'secret', id: 'a/key', target: undefined, isRequired: false, owner: { uid: 0, gid: 0, mode: 0o400 }, variable: 'KEY' },
    ],
    [
      'type=secret,target=k,uid=7,mode=0440,env=KEY',
      { type: 'secret', id: 'k', target: '/work/k', isRequired: false, owner: { uid: 7, gid: 0, mode: 0o440 }, variable: 'KEY' },
    ],
    ['type=ssh,required=true', { type: 'ssh', id: 'default', target: undefined, isRequired: true, owner: { uid: 0, gid: 0, mode: 0o600 } }],
    [
      'type=ssh,id=git,target=agent,uid=5,mode=0660',
      { type: 'ssh', id: 'git', target: '/work/agent', isRequired: false, owner: { uid: 5, gid: 0, mode: 0o660 } },
    ],
  ])('%s', (text, mount) => expect(parseRunMount(text, '/work')).toEqual(mount))

  it.each([
    ['type=disk,target=/x', 'unsupported mount type "disk"'],
    ['type=bind', '--mount=type=bind needs a target'],
    ['type=bind,target=/x,sharing=locked', '--mount=type=bind with "sharing" is not supported by this builder'],
    ['type=bind,target=/x,rw=perhaps', 'invalid value "perhaps" for readwrite'],
    ['type=cache,target=/x,source=/kit', '--mount=type=cache with "source" needs "from"'],
    ['type=cache,target=/x,sharing=never', 'unsupported sharing value "never"'],
    ['type=cache,target=/x,mode=rwx', 'invalid value "rwx" for mode'],
    ['type=cache,target=/x,ro=perhaps', 'invalid value "perhaps" for readonly'],
  ])('%s is an error', (text, message) => expect(() => parseRunMount(text, '/')).toThrow(message))
})
