import { describe, expect, test } from 'vitest'
import { type Language, languageFor } from './language.ts'
import { createSpeaker } from './speaker.ts'

let language: Language = 'en'
const CHINESE = {
  'Port {port} belongs to {name}.': '端口 {port} 属于 {name}。',
  '{count} containers': '{count} 个容器',
  '{count} containers in {name}': '{name} 中有 {count} 个容器',
  'open §a call': '进行中',
  Open: '打开',
  'It is off.': '它已关闭。',
  'It is read only.': '它是只读的。',
  'Data lie at {path}.': '位于 {path}。',
  'removes {file}': '删除 {file}',
  'removes our line from {file}': '从 {file} 中删除我们的行',
}
const { say, sayCount, sayKnown, sayList, sayNumber } = createSpeaker(() => language, CHINESE, [
  'removes {file}',
  'removes our line from {file}',
  'Data lie at {path}.',
])

describe('in English', () => {
  test('the message is what is said, with its values and without what it tells translators', () => {
    language = 'en'
    expect(say('Port {port} belongs to {name}.', { port: '8080', name: 'web' })).toBe('Port 8080 belongs to web.')
    expect(say('open §a call')).toBe('open')
    expect(sayList(['a', 'b'])).toBe('a, b')
  })

  test.each([
    [0, '0 containers'],
    [1, '1 container'],
    [2, '2 containers'],
    [1234, '1,234 containers'],
  ])('%d of them', (count, words) => {
    language = 'en'
    expect(sayCount(count, '{count} container', '{count} containers')).toBe(words)
  })
})

describe('in Chinese', () => {
  test('the same call says it so, and numbers as Chinese writes them', () => {
    language = 'zh-CN'
    expect(say('Port {port} belongs to {name}.', { port: '8080', name: 'web' })).toBe('端口 8080 属于 web。')
    expect(say('open §a call')).toBe('进行中')
    expect(sayCount(1, '{count} container', '{count} containers')).toBe('1 个容器')
    expect(sayCount(1234, '{count} container in {name}', '{count} containers in {name}', { name: 'frontend' })).toBe('frontend 中有 1,234 个容器')
    expect(sayList(['a', 'b'])).toBe('a、b')
    expect(sayNumber(0.5)).toBe('0.5')
  })

  test('text from elsewhere is translated where it is known, and stays as it came where it is not', () => {
    language = 'zh-CN'
    expect([sayKnown('Open'), sayKnown('No such container: web'), sayKnown('toString')]).toEqual(['打开', 'No such container: web', 'toString'])
  })

  test.each([
    ['removes /a b', '删除 /a b'],
    ['removes our line from ~/.zshrc', '从 ~/.zshrc 中删除我们的行'],
    ['It is off. It is read only.', '它已关闭。它是只读的。'],
    ['Data lie at /a. It is read only.', '位于 /a。它是只读的。'],
    ['It is off. Nobody knows why.', 'It is off. Nobody knows why.'],
    ['Port 80 belongs to web.', 'Port 80 belongs to web.'],
  ])('a sentence from elsewhere is known with its values: %s', (text, chinese) => {
    language = 'zh-CN'
    expect(sayKnown(text)).toBe(chinese)
  })

  test('a value that looks like a place is a value', () => {
    language = 'zh-CN'
    expect(say('Port {port} belongs to {name}.', { port: '{name}', name: '$&' })).toBe('端口 {name} 属于 $&。')
  })
})

test.each([
  ['system', ['de-DE', 'zh-TW', 'en'], 'zh-CN'],
  ['system', ['en-GB', 'zh'], 'en'],
  ['system', ['fr'], 'en'],
  ['system', [], 'en'],
  ['zh-CN', ['en'], 'zh-CN'],
  ['en', ['zh-CN'], 'en'],
] as const)('who chose %s on a system of %j reads %s', (choice, preferred, shown) => expect(languageFor(choice, preferred)).toBe(shown))
