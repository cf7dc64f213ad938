import { describe, expect, it } from 'vitest'
import { Filters, parseFilters, Query } from './query.ts'

const query = (text: string) => new Query(new URLSearchParams(text))

describe('flags', () => {
  it.each(['', '0', 'no', 'No', 'false', 'FALSE', 'none', ' false '])('%j is no', (value) => expect(query(`x=${value}`).flag('x', true)).toBe(false))
  it.each(['1', 'true', 'True', 'yes', 'on', '2', 'x'])('%j is yes', (value) => expect(query(`x=${value}`).flag('x')).toBe(true))
  it('the fallback counts only when the key is absent', () => {
    expect(query('').flag('x', true)).toBe(true)
    expect(query('x').flag('x', true)).toBe(false)
  })
})

describe('integers', () => {
  it.each([
    ['t=10', 10],
    ['t=-1', -1],
    ['t=%2B5', 5],
    ['t=', undefined],
    ['', undefined],
  ])('%j', (text, expected) => expect(query(text).integer('t')).toBe(expected))

  it.each(['abc', '1.5', '0x10', '1e3', ' 1'])('%j is the server error that dockerd answers', (value) => {
    const text = new URLSearchParams({ t: value }).toString()
    expect(() => query(text).integer('t')).toThrow(
      expect.objectContaining({ kind: 'system', message: `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax` }),
    )
  })
})

describe('parseFilters', () => {
  it.each([
    ["Go's map, whose booleans mean nothing", '{"label":{"a=b":true,"c":false}}', { label: ['a=b', 'c'] }],
    ['a list, as docker-py sends', '{"status":["running","exited"]}', { status: ['running', 'exited'] }],
    ['numbers and booleans in lists', '{"exited":[0],"dangling":[true]}', { exited: ['0'], dangling: ['true'] }],
    ['nothing', '', {}],
    ['null', 'null', {}],
    ['an empty list', '{"label":[]}', { label: [] }],
    ['no list', '{"label":null}', { label: [] }],
  ])('%s', (_, text, expected) => {
    const filters = parseFilters(text)
    expect(Object.fromEntries(filters.keys().map((key) => [key, filters.get(key)]))).toEqual(expected)
  })

  it.each(['{', '[]', '"x"', '7', '{"label":"a"}', '{"label":[{}]}', '{"label":[["a"]]}'])('%j is invalid', (text) => {
    expect(() => parseFilters(text)).toThrow(expect.objectContaining({ kind: 'invalid', message: 'invalid filter' }))
  })
})

describe('Filters', () => {
  const filters = (values: Record<string, string[]>) => new Filters(new Map(Object.entries(values)))

  it('names a key that is not known', () => {
    expect(() => filters({ color: ['red'] }).allow('label')).toThrow(expect.objectContaining({ kind: 'invalid', message: "invalid filter 'color'" }))
    expect(filters({ label: ['x'] }).allow('label', 'name')).toBeInstanceOf(Filters)
  })

  it('an absent or empty key matches everything', () => {
    expect(filters({}).matchesExactly('status', 'x')).toBe(true)
    expect(filters({ name: [] }).matchesPattern('name', 'x')).toBe(true)
  })

  it('several values of a key mean "or"', () => {
    expect(filters({ status: ['a', 'b'] }).matchesExactly('status', 'b')).toBe(true)
    expect(filters({ status: ['a', 'b'] }).matchesExactly('status', 'c')).toBe(false)
  })

  it.each([
    ['web', 'proj-web-1', true],
    ['^/proj-web-1$', '/proj-web-1', true],
    ['^web', 'proj-web-1', false],
    ['w.b', 'web', true],
    ['[', 'a[b', false],
    ['[', '[', true],
  ])('the pattern %j against %j: %s', (pattern, text, expected) => expect(filters({ name: [pattern] }).matchesPattern('name', text)).toBe(expected))

  it.each([
    [['a'], { a: '1' }, true],
    [['a=1'], { a: '1' }, true],
    [['a=2'], { a: '1' }, false],
    [['a', 'b'], { a: '1' }, false],
    [['a=1=2'], { a: '1=2' }, true],
    [['a='], { a: '' }, true],
    [['a'], {}, false],
    [['a'], null, false],
    [[], null, true],
  ])('labels %j of %j: %s', (label, labels, expected) => expect(filters({ label }).matchesLabels(labels)).toBe(expected))

  it('refuses whom a negated label fits', () => {
    expect(filters({ 'label!': ['keep'] }).matchesLabels({ keep: '' })).toBe(false)
    expect(filters({ 'label!': ['keep=yes'] }).matchesLabels({ keep: 'no' })).toBe(true)
  })

  it.each([
    ['true', true],
    ['1', true],
    ['False', false],
    ['0', false],
  ])('the switch %j', (value, expected) => expect(filters({ dangling: [value] }).flag('dangling')).toBe(expected))

  it('a switch that is neither is named', () => {
    expect(() => filters({ dangling: ['x'] }).flag('dangling')).toThrow("invalid filter 'dangling=[x]'")
    expect(filters({}).flag('dangling')).toBeUndefined()
  })
})
