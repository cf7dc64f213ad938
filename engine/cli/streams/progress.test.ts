import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { bar, type ProgressLine, showProgress } from './progress.ts'

async function shown(lines: readonly ProgressLine[], terminal?: { columns: number }): Promise<string> {
  let text = ''
  const output = {
    isTTY: terminal !== undefined,
    columns: terminal?.columns ?? 0,
    write: (piece: string | Uint8Array) => {
      text += piece
      return true
    },
  }
  await showProgress(Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\r\n`))), output)
  return text
}

const PULL: ProgressLine[] = [
  { status: 'Pulling from library/web', id: '1' },
  { status: 'Pulling fs layer', id: 'aaa', progressDetail: {} },
  { status: 'Downloading', id: 'aaa', progressDetail: { current: 500_000, total: 1_000_000 } },
  { status: 'Pull complete', id: 'aaa', progressDetail: {} },
  { status: 'Digest: sha256:0' },
]

describe('showProgress', () => {
  it('prints steps but no bars where there is no terminal', async () => {
    expect(await shown(PULL)).toBe('1: Pulling from library/web\naaa: Pulling fs layer\naaa: Pull complete\nDigest: sha256:0\n')
  })

  it('redraws a layer in its own line on a terminal', async () => {
    const layers: ProgressLine[] = ['aaa', 'bbb', 'aaa'].map((id) => ({ status: 'Waiting', id, progressDetail: {} }))
    const clear = '\x1b[2K\r'
    expect(await shown(layers, { columns: 80 })).toBe(
      `\n\x1b[1A${clear}aaa: Waiting \r\x1b[1B\n\x1b[1A${clear}bbb: Waiting \r\x1b[1B\x1b[2A${clear}aaa: Waiting \r\x1b[2B`,
    )
  })

  it('passes text on as it is', async () => expect(await shown([{ stream: 'Loaded image: x\n' }])).toBe('Loaded image: x\n'))
  it('throws the error of an error line', async () => {
    await expect(shown([...PULL, { errorDetail: { message: 'no space left' } }])).rejects.toThrow('no space left')
  })
})

describe('bar', () => {
  it('is drawn on a wide terminal only', () => {
    const half = `[${'='.repeat(25)}>${' '.repeat(25)}] `
    expect(bar({ current: 500_000, total: 1_000_000 }, 120)).toBe(`${half}   500kB/1MB`)
    expect(bar({ current: 500_000, total: 1_000_000 }, 80)).toBe('   500kB/1MB')
  })
  it('counts without a total', () => expect(bar({ current: 1500 }, 120)).toBe('   1.5kB'))
  it('is nothing before it begins', () => expect(bar({}, 120)).toBe(''))
})
