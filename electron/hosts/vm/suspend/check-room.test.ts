import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { checkRoom } from './check-room.ts'

test('room is needed for what the guest was given, at most', async () => {
  await checkRoom(tmpdir(), { pid: 0 }, 1)
  await expect(checkRoom(tmpdir(), { pid: 0 }, 1e18)).rejects.toThrow(/^There is no room for the guest's memory: .* free, and up to .* are needed\.$/)
  // A machine that has touched less needs less.
  await checkRoom(tmpdir(), { pid: process.pid }, 1e18)
})
