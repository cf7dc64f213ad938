import { expect, test } from 'vitest'
import { isOwnUrl, isWebAddress } from './origin.ts'

test.each(['engineroom://app', 'engineroom://app/', 'engineroom://app/#/images'])('%s is ours', (url) => {
  expect(isOwnUrl(url)).toBe(true)
})

test.each(['engineroom://application/', 'engineroom://app.evil/', 'https://app/', 'file:///engineroom://app/', ''])('%s is not ours', (url) => {
  expect(isOwnUrl(url)).toBe(false)
})

test.each(['http://127.0.0.1:8080/', 'https://example.org'])('%s is a web address', (url) => {
  expect(isWebAddress(url)).toBe(true)
})

test.each(['file:///etc/passwd', 'javascript:alert(1)', 'engineroom://app/', 'smb://host/share', 'http//x', ''])('%s is no web address', (url) => {
  expect(isWebAddress(url)).toBe(false)
})
