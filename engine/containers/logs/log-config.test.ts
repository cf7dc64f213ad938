import { describe, expect, it } from 'vitest'
import { type LogConfig, mergeLogConfig, validateLogConfig } from './log-config.ts'

const defaults: LogConfig = { Type: 'json-file', Config: { 'max-size': '1m', tag: 'd' } }

describe("the daemon's defaults", () => {
  it.each([
    ['fill what nobody said', undefined, { Type: 'json-file', Config: { 'max-size': '1m', tag: 'd' } }],
    ['give way to what the container says', { Type: 'json-file', Config: { tag: 'c' } }, { Type: 'json-file', Config: { 'max-size': '1m', tag: 'c' } }],
    ['hold where only options were said', { Config: { env: 'A' } }, { Type: 'json-file', Config: { 'max-size': '1m', tag: 'd', env: 'A' } }],
    ['are nothing to another driver', { Type: 'local' }, { Type: 'local', Config: {} }],
  ])('%s', (_, wanted, expected) => expect(mergeLogConfig(wanted, defaults)).toEqual(expected))
})

describe('refused at create', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nosuch', {}, 'error looking up logging plugin nosuch: plugin "nosuch" not found'],
    ['syslog', {}, 'error looking up logging plugin syslog: plugin "syslog" not found'],
    ['constructor', {}, 'error looking up logging plugin constructor: plugin "constructor" not found'],
    ['json-file', { x: 'y' }, "unknown log opt 'x' for json-file log driver"],
    ['local', { labels: 'y' }, "unknown log opt 'labels' for log driver local"],
    ['json-file', { mode: 'y' }, 'logger: logging mode not supported: y'],
    ['json-file', { 'max-buffer-size': '4m' }, "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
    ['json-file', { mode: 'non-blocking', 'max-buffer-size': '4x' }, "error parsing option max-buffer-size: invalid size: '4x'"],
  ])('%s %o', (Type, Config, message) => {
    expect(() => validateLogConfig({ Type, Config })).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })

  it.each<[string, Record<string, string>]>([
    ['none', { x: 'y' }],
    ['local', { 'max-size': 'abc' }],
    ['json-file', { mode: 'non-blocking', 'max-buffer-size': '4m', tag: 'x' }],
  ])('not: %s %o', (Type, Config) => validateLogConfig({ Type, Config }))
})
