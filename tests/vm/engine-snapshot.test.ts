import { expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'

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
