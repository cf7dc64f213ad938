import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon } from '../harness/daemon.ts'

/** The chapter's technique 3, "moving Docker to a different partition": the same daemon, started with `-g`. */
test('technique 3: a daemon started with another -g is empty; with the old one, everything is back', async () => {
  await using daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'server', 'busybox', 'sleep', '1000')
  await daemon.ok('run', '--name', 'writer', '-v', 'data:/data', 'busybox', 'sh', '-c', 'echo kept > /data/file; echo said')
  const images = await daemon.ok('images', '-q')
  await daemon.ok('stop', '-t', '0', 'server')

  await daemon.stop()
  await daemon.start(['-g', join(daemon.root, 'elsewhere')])
  expect(await daemon.ok('info', '-f', '{{.DockerRootDir}}')).toBe(join(daemon.root, 'elsewhere'))
  expect(await daemon.ok('ps', '-aq')).toBe('')
  expect(await daemon.ok('images', '-aq')).toBe('')
  expect(await daemon.ok('volume', 'ls', '-q')).toBe('')

  await daemon.stop()
  await daemon.start(['-g', daemon.dataRoot])
  expect(await daemon.ok('ps', '-a', '--format', '{{.Names}}')).toBe('writer\nserver')
  expect(await daemon.ok('images', '-q')).toBe(images)
  expect(await daemon.ok('logs', 'writer')).toBe('said')
  expect(await daemon.ok('run', '--rm', '-v', 'data:/data', 'busybox', 'cat', '/data/file')).toBe('kept')
  await daemon.ok('start', 'server')
  expect(await daemon.ok('exec', 'server', 'echo', 'alive')).toBe('alive')
})

test('a container that runs on while its daemon has another -g is there again afterwards, whole', async () => {
  await using daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'server', '-p', '80', 'busybox', 'sh', '-c', 'trap "exit 3" TERM; echo up; httpd -p 80; while :; do sleep 0.1; done')
  const before = await daemon.ok('inspect', '-f', '{{.State.Pid}}', 'server')

  await daemon.stop()
  await daemon.start(['-g', join(daemon.root, 'elsewhere')])
  expect(await daemon.ok('ps', '-aq')).toBe('')
  await daemon.stop()
  await daemon.start(['-g', daemon.dataRoot])
  expect(await daemon.ok('inspect', '-f', '{{.State.Pid}}', 'server')).toBe(before)
  expect(await daemon.ok('exec', 'server', 'echo', 'alive')).toBe('alive')
  await daemon.ok('stop', 'server')
  expect(await daemon.ok('inspect', '-f', '{{.State.ExitCode}}', 'server')).toBe('3')
})
