import { expect, test } from 'vitest'
import { jsonLines } from './json-lines.ts'

async function read(...chunks: (string | Uint8Array)[]) {
  async function* stream() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
  }
  return Array.fromAsync(jsonLines(stream()))
}

test('lines are put together across chunks, also inside a character', async () => {
  const bytes = new TextEncoder().encode('{"name":"küche"}\n')
  const inside = bytes.indexOf(0xc3) + 1
  expect(await read('{"a":', '1}\r\n{"b":2}\n', bytes.slice(0, inside), bytes.slice(inside))).toEqual([{ a: 1 }, { b: 2 }, { name: 'küche' }])
})

test('a last line without its end counts', async () => {
  expect(await read('{"error":"no"}')).toEqual([{ error: 'no' }])
})

test('empty lines and what is not an object are skipped', async () => {
  expect(await read('\n\n[1]\n"x"\n{"a":1}\n')).toEqual([{ a: 1 }])
})
