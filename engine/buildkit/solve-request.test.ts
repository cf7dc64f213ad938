import { describe, expect, it } from 'vitest'
import { ignoreList } from './ignore-file.ts'
import { dockerfileRequest } from './solve-request.ts'

it('reads the options as buildx gives them', () => {
  const options = {
    filename: 'D',
    target: 'dev',
    'build-arg:A': '1',
    'label:b': '2',
    'no-cache': '',
    'context:lib': 'local:lib-folder',
    'context:base': 'docker-image://busybox:1',
    'context:web': 'https://example.org/x.tar',
    'context:laid': `oci-layout://host:1/laid:2@sha256:${'a'.repeat(64)}`,
    'image-resolve-mode': 'pull',
    'add-hosts': 'a=10.0.0.1,b=::1',
    'shm-size': '1024',
    ulimit: 'nofile=10:20,nproc=5',
    'force-network-mode': 'none',
    'cgroup-parent': '/x',
    'vcs:revision': 'abc',
  }
  expect(dockerfileRequest(options)).toEqual({
    filename: 'D',
    remote: undefined,
    hasOwnDockerfile: false,
    keepsHistory: false,
    target: 'dev',
    buildArgs: { A: '1' },
    labels: { b: '2' },
    usesCache: false,
    uncachedStages: [],
    contexts: {
      lib: { kind: 'folder', folder: 'lib-folder' },
      base: { kind: 'image', reference: 'busybox:1' },
      web: { kind: 'web', address: 'https://example.org/x.tar' },
      laid: { kind: 'layout', layout: 'host:1/laid', digest: `sha256:${'a'.repeat(64)}` },
    },
    pulls: true,
    epochS: undefined,
    hostConfig: {
      ExtraHosts: ['a:10.0.0.1', 'b:::1'],
      ShmSize: 1024,
      NetworkMode: 'none',
      CgroupParent: '/x',
      Ulimits: [
        { Name: 'nofile', Soft: 10, Hard: 20 },
        { Name: 'nproc', Soft: 5, Hard: 5 },
      ],
    },
    cacheImports: [],
  })
})

it('has docker’s defaults', () => {
  expect(dockerfileRequest({ 'build-arg:SOURCE_DATE_EPOCH': '1700000000' }).epochS).toBe(1_700_000_000)
  expect(dockerfileRequest({})).toMatchObject({ filename: 'Dockerfile', target: '', usesCache: true, uncachedStages: [], contexts: {}, pulls: false })
  expect(dockerfileRequest({ 'no-cache': 'one,two' })).toMatchObject({ usesCache: true, uncachedStages: ['one', 'two'] })
})

it.each([
  [{ platform: 'linux/amd64,linux/arm64' }, 'a build for several platforms (linux/amd64,linux/arm64) is not implemented by this engine'],
  [{ 'context:x': 'input:y' }, 'invalid input y for x'],
  [{ 'context:x': 'oci-layout://y:1' }, 'oci-layout reference "y:1" has no digest'],
  [{ 'context:x': 'nothing' }, 'invalid context specifier nothing for x'],
  [{ 'context:x::linux/s390x': 'docker-image://y' }, 'builds for the platform linux/s390x are not implemented'],
  [{ requestid: 'frontend.lint' }, 'the request frontend.lint of dockerfile.v0 (--call, --check) is not implemented by this engine'],
  [{ 'attest:provenance': 'mode=max' }, 'an attestation (provenance) is not implemented by this engine'],
  [{ 'build-arg:BUILDKIT_MULTI_PLATFORM': '1' }, 'the build argument BUILDKIT_MULTI_PLATFORM is not implemented by this engine'],
  [{ 'force-network-mode': 'custom' }, 'network mode "custom" not supported by buildkit'],
  [{ 'build-arg:SOURCE_DATE_EPOCH': 'soon' }, 'invalid SOURCE_DATE_EPOCH'],
  [{ 'cache-imports': '[{"Type":"s3","Attrs":{"bucket":"b"}}]' }, 'cache import of the type s3 (--cache-from) is not implemented by this engine'],
  [{ 'cache-imports': '[{"Type":"local","Attrs":{"src":"/x"}}]' }, 'local cache importer requires explicit digest'],
  [{ ulimit: 'nofile' }, 'invalid ulimit argument: nofile'],
])('refuses %o', (options, message) => expect(() => dockerfileRequest(options)).toThrow(message))

it('knows both ways to name caches', () => {
  const newer = '[{"Type":"registry","Attrs":{"ref":"user/app"}},{"Type":"local","Attrs":{"src":"/x","digest":"sha256:1","tag":"latest"}}]'
  expect(dockerfileRequest({ 'cache-imports': newer }).cacheImports.map(({ name }) => name)).toEqual(['docker.io/user/app:latest', '/x'])
  expect(dockerfileRequest({ 'cache-from': 'a:1,b' }).cacheImports.map(({ name }) => name)).toEqual(['docker.io/library/a:1', 'docker.io/library/b:latest'])
})

describe('.dockerignore', () => {
  it.each([
    ['# no\n\n  *.log  \n', ['*.log']],
    ['/top\n./here/\na//b/../c', ['top', 'here', 'a/c']],
    ['**\n! /keep ', ['**', '!keep']],
    ['.', ['.']],
    ['\uFEFFx\r\ny', ['x', 'y']],
  ])('%j', (text, patterns) => expect(ignoreList(text)).toEqual(patterns))
})
