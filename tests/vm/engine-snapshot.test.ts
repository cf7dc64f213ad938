import { expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

const IN_THE_GUEST = ['--privileged', '--pid', 'host', 'busybox', 'nsenter', '-t', '1', '-m']

test('a snapshot of the engine that is broken is done without, and made anew', async () => {
  await using vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  await vm.snapshotOfEngine()
  await vm.ok(
    'run',
    '--rm',
    ...IN_THE_GUEST,
    'sh',
    '-c',
    'for file in /data/engine-snapshot/*; do dd if=/dev/urandom of=$file bs=4096 count=8 seek=500 conv=notrunc; done',
  )
  await vm.vm(['restart'], { timeoutMs: PATIENCE_MS })
  expect(await vm.ok('info', '--format', '{{.OSType}}')).toBe('linux')
  await vm.snapshotOfEngine()
})

test('an engine that aborts is started without its snapshot from then on', async () => {
  await using vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  await vm.snapshotOfEngine()
  await vm.vm(['restart'], { timeoutMs: PATIENCE_MS })
  const commandLine = () => vm.docker(['run', '--rm', ...IN_THE_GUEST, 'sh', '-c', 'cat /proc/$(cat /run/engine.pid)/cmdline'])
  expect((await commandLine()).stdout).toContain('--snapshot-blob')
  await vm.docker(['run', '--rm', ...IN_THE_GUEST, 'sh', '-c', 'kill -ABRT $(cat /run/engine.pid)'])
  const again = await until(
    'the engine to be back',
    async () => {
      const { code, stdout } = await commandLine()
      return code === 0 && stdout
    },
    PATIENCE_MS,
  )
  expect(again).toContain('daemon.mjs')
  expect(again).not.toContain('--snapshot-blob')
})
