import { expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

const IN_THE_GUEST = ['--privileged', '--pid', 'host', 'busybox', 'nsenter', '-t', '1', '-m']
const KEPT = 'the engine starts from a snapshot from now on'

test('a snapshot of the engine that is broken is done without, and made anew', async () => {
  await using vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  const said = async () => (await vm.vm(['logs'])).stdout
  await until('a snapshot', async () => (await said()).includes(KEPT), PATIENCE_MS)
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
  await until('another snapshot', async () => (await said()).includes(KEPT), PATIENCE_MS)
})
