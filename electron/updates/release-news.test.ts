import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type ReleaseNews, readReleaseNews } from './release-news.ts'
import { signedBytes, withSignature } from './signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const NOW = Date.parse('2026-12-01T12:00:00Z')
const trust = { key: publicKey, nowMs: NOW, newestSignedAt: undefined }

const NEWS: ReleaseNews = {
  version: '0.2.0',
  releaseDate: '2026-11-30T00:00:00Z',
  signedAt: '2026-11-30T00:00:00Z',
  expiresAt: '2026-12-30T00:00:00Z',
  stagingPercentage: 25,
  files: [{ url: 'engineroom_0.2.0_amd64.deb', sha512: `${'A'.repeat(86)}==`, size: 71 }],
}

function signed(news: unknown, key = privateKey): string {
  const words = typeof news === 'string' ? news : JSON.stringify(news)
  return withSignature(words, sign(null, signedBytes(words), key))
}

test('what the key signed is believed', () => {
  expect(readReleaseNews(signed(NEWS), trust)).toEqual(NEWS)
})

test('the same words again, and later ones, are believed', () => {
  expect(readReleaseNews(signed(NEWS), { ...trust, newestSignedAt: NEWS.signedAt })).toEqual(NEWS)
  expect(readReleaseNews(signed(NEWS), { ...trust, newestSignedAt: '2026-11-29T00:00:00Z' })).toEqual(NEWS)
})

describe('not believed', () => {
  const good = signed(NEWS)
  test.each([
    ['no signature', JSON.stringify(NEWS), 'are not signed.'],
    ['nothing', '', 'are not signed.'],
    ['a page of somebody else’s', '<html>\n<body>', 'are not signed.'],
    ['another version', good.replace('0.2.0', '0.2.1'), 'not signed by whoever made this program'],
    ['another file', good.replace('AAAA', 'AAAB'), 'not signed by whoever made this program'],
    ['more words', `${good} `, 'not signed by whoever made this program'],
    ['another key', signed(NEWS, generateKeyPairSync('ed25519').privateKey), 'not signed by whoever made this program'],
    ['something else that the key signed', withSignature('{}', sign(null, Buffer.from('{}'), privateKey)), 'not signed by whoever made this program'],
    ['a path', signed({ ...NEWS, files: [{ ...NEWS.files[0], url: '../../etc/passwd' }] }), 'not as agreed: /files/0/url'],
    ['another address', signed({ ...NEWS, files: [{ ...NEWS.files[0], url: 'https://elsewhere.example/a.deb' }] }), 'not as agreed: /files/0/url'],
    ['no end', signed({ ...NEWS, expiresAt: undefined }), 'not as agreed'],
    ['no files', signed({ ...NEWS, files: [] }), 'not as agreed: /files'],
  ])('%s', (_what, text, message) => {
    expect(() => readReleaseNews(text, trust)).toThrow(message)
  })

  test('expired', () => {
    expect(() => readReleaseNews(signed(NEWS), { ...trust, nowMs: Date.parse(NEWS.expiresAt) })).toThrow('The news of 0.2.0 have expired')
  })

  test('rolled back: the words of before, shown again', () => {
    expect(() => readReleaseNews(signed(NEWS), { ...trust, newestSignedAt: '2026-11-30T00:00:01Z' })).toThrow('older than what this address has said before')
  })

  test('of a day to come', () => {
    expect(() => readReleaseNews(signed(NEWS), { ...trust, nowMs: Date.parse('2026-11-01T00:00:00Z') })).toThrow('is this computer’s clock right?')
  })
})
