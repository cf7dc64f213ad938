import { describe, expect, it } from 'vitest'
import type { ContainerId } from '../container.ts'
import { logPolicyOf } from './log-policy.ts'

const policyOf = (Type: string, Config: Record<string, string> = {}) =>
  logPolicyOf({
    id: 'c'.repeat(64) as ContainerId,
    name: 'web',
    imageId: `sha256:${'d'.repeat(64)}`,
    path: 'sh',
    args: ['-c', 'x'],
    config: { Image: 'busybox', Labels: { team: 'a', tier: 'x' }, Env: ['STAGE=t=1', 'OTHER=1', 'ALONE'] },
    hostConfig: { LogConfig: { Type, Config } },
  })

describe('rotation', () => {
  it.each<[string, Record<string, string>, unknown]>([
    ['json-file', {}, undefined],
    ['json-file', { 'max-file': '2' }, undefined],
    ['json-file', { 'max-size': '10k' }, { maxSizeBytes: 10_000, maxFiles: 1, compresses: false }],
    ['json-file', { 'max-size': '1.5m', 'max-file': '3', compress: 'true' }, { maxSizeBytes: 1_500_000, maxFiles: 3, compresses: true }],
    ['local', {}, { maxSizeBytes: 20_000_000, maxFiles: 5, compresses: true }],
    ['local', { 'max-file': '0', compress: 'false' }, { maxSizeBytes: 20_000_000, maxFiles: 1, compresses: false }],
    ['none', { 'max-size': 'x' }, undefined],
  ])('%s %o', (driver, options, rotation) => expect(policyOf(driver, options)).toMatchObject({ driver, rotation }))
})

describe('refused at start', () => {
  it.each<[string, Record<string, string>, string]>([
    ['json-file', { 'max-size': 'abc' }, "invalid size: 'abc'"],
    ['json-file', { 'max-size': '-1' }, "invalid size: '-1'"],
    ['json-file', { 'max-size': '0' }, 'max-size must be a positive number'],
    ['json-file', { 'max-size': '1k', 'max-file': '0' }, 'max-file cannot be less than 1'],
    ['json-file', { 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
    ['json-file', { compress: 'x' }, 'strconv.ParseBool: parsing "x": invalid syntax'],
    ['json-file', { compress: 'true' }, 'compress cannot be true when max-file is less than 2 or max-size is not set'],
    ['local', { 'max-size': 'abc' }, "invalid value for max-size: abc: invalid size: 'abc'"],
    ['local', { 'max-file': 'x' }, 'invalid value for max-file: x: strconv.Atoi: parsing "x": invalid syntax'],
    ['local', { 'max-file': '1' }, 'compression cannot be enabled when max file count is 1'],
    ['local', { compress: 'x' }, 'error reading compress log option: strconv.ParseBool: parsing "x": invalid syntax'],
  ])('%s %o', (driver, options, message) => {
    expect(() => policyOf(driver, options)).toThrow(expect.objectContaining({ kind: driver === 'local' ? 'invalid' : 'system', message }))
  })

  it.each<[Record<string, string>, RegExp]>([
    [{ 'labels-regex': '(' }, /^error parsing regexp: /],
    [{ tag: '{{.Nope}}x' }, /^template: log-tag: \{\{\.Nope\}\} is not supported/],
  ])('%o', (options, message) => expect(() => policyOf('json-file', options)).toThrow(message))
})

describe('attributes', () => {
  it.each<[Record<string, string>, Record<string, string>]>([
    [
      { labels: 'team,nosuch', env: 'STAGE,ALONE' },
      { team: 'a', STAGE: 't=1' },
    ],
    [
      { 'labels-regex': '^t', 'env-regex': 'TH' },
      { team: 'a', tier: 'x', OTHER: '1' },
    ],
    [{ tag: '{{.Name}}/{{ .ID }}' }, { tag: `web/${'c'.repeat(12)}` }],
    [{ tag: '{{.ImageName}} {{.ImageID}} {{.Command}} {{.DaemonName}}' }, { tag: `busybox ${'d'.repeat(12)} sh -c x docker` }],
    [{}, {}],
  ])('%o', (options, expected) => expect(Object.fromEntries(policyOf('json-file', options).attributes)).toEqual(expected))
})
