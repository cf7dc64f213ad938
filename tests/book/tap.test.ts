import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { startTap } from '../harness/tap.ts'

/**
 * The chapter's technique 4, "monitor your Docker API traffic", with our tap in place of socat, and with the book's socket.
 */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

describe('technique 4: see what your client and the daemon say', () => {
  test('docker ps -a through the socket of the tap', async () => {
    await using tap = await startTap(daemon, [])
    await daemon.ok('create', '--name', 'seen', 'busybox')
    const { code, stdout } = await daemon.docker(['-H', 'unix:///tmp/dockerapi.sock', 'ps', '-a', '--format', '{{.Names}}'])
    expect([code, stdout]).toEqual([0, 'seen\n'])
    await tap.shows(/ → GET \/v1\.\d+\/containers\/json\?all=1\n/)
    await tap.shows(/ ← 200 OK {2}application\/json .*\n.* ← {3}\[\{"Id":"[0-9a-f]{64}","Names":\["\/seen"\],"Image":"busybox"/)
  })
})
