import { describe, expect, it } from 'vitest'
import { namesOf } from './names.ts'

const LOOPBACK = ['localhost:5000', '127.0.0.1:5000', '[::1]:5000']

describe('what images call a registry', () => {
  it.each([
    ['127.0.0.1', LOOPBACK],
    ['localhost', LOOPBACK],
    ['::1', LOOPBACK],
    ['', [':5000', ...LOOPBACK]],
    ['0.0.0.0', ['0.0.0.0:5000', ...LOOPBACK]],
    ['::', ['[::]:5000', ...LOOPBACK]],
  ])('that listens on "%s"', (host, names) => expect([...namesOf({ host, port: 5000 })].sort()).toEqual([...names].sort()))

  it.each([
    ['192.168.1.10', '192.168.1.10:5000'],
    ['127.0.0.2', '127.0.0.2:5000'],
    ['fd00::5', '[fd00::5]:5000'],
    ['registry.example', 'registry.example:5000'],
  ])('that listens on %s alone: another may have the names of the loopback', (host, name) => expect([...namesOf({ host, port: 5000 })]).toEqual([name]))
})
