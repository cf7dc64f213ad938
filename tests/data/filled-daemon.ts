import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { TestDaemon } from '../harness/daemon.ts'
import { prefixOf } from '../harness/leaks.ts'
import { run } from '../harness/run.ts'

const FILES = [
  'set -e',
  'mkdir -p /made/deep',
  'echo one >/made/file; ln /made/file /made/deep/same',
  'dd if=/dev/urandom of=/made/bytes bs=64k count=20 2>/dev/null',
  'dd if=/dev/zero of=/made/sparse bs=1 count=1 seek=20M 2>/dev/null',
  'mknod /made/device c 1 3; mkfifo /made/fifo; ln -s /nowhere /made/link',
  'chown 1234:5678 /made/file; chmod 4751 /made/file; touch -d "2001-02-03 04:05:06" /made/file',
  'rm /etc/passwd; rm -r /var/spool; mkdir /var/spool; echo new >/var/spool/new',
  'echo said',
].join('\n')

/** Something of each kind that a data directory has: a stopped container whose files are of every sort, an image of ours, volumes, a network. */
export async function fill(daemon: TestDaemon): Promise<void> {
  const context = join(daemon.root, 'context')
  await mkdir(context, { recursive: true })
  await writeFile(
    join(context, 'Dockerfile'),
    'FROM busybox\nRUN mkdir -p /var/spool/old; dd if=/dev/urandom of=/big bs=64k count=16 2>/dev/null; ln /big /big2',
  )
  await daemon.ok('build', '-q', '-t', 'ours', context)
  await daemon.ok('network', 'create', 'own')
  await daemon.ok(
    'run',
    '--name',
    'writer',
    '--network',
    'own',
    '-v',
    'named:/data',
    '-v',
    '/anonymous',
    'ours',
    'sh',
    '-c',
    `echo kept >/data/file; echo too >/anonymous/file\n${FILES}`,
  )
  await daemon.ok(
    'create',
    '--name',
    'reader',
    '--network',
    'own',
    '-v',
    'named:/data:ro',
    '--mount',
    'type=image,source=busybox,target=/mnt/busybox',
    '--volumes-from',
    'writer',
    'ours',
    'sh',
    '-c',
    'cat /data/file /anonymous/file; ls /big /big2 /mnt/busybox/bin/sh',
  )
}

/** Every file of the data root but the engine's own, with all that a file has, and a digest of the contents. */
export async function picture(root: string): Promise<string> {
  const script = [
    'cd "$1"',
    "find containers/*/upper images/layers images/blobs volumes -path images/layers/init -prune -o -printf '%P %y %m %U %G %s %n %Ts %l %D:%i\\n' | sed -E 's/ [0-9]+:([0-9]+)$/ \\1/' | sort >/tmp/er-picture.$$",
    // Numbers of inodes are of the place; which names share one is of the data.
    "awk '{ if (!($NF in seen)) seen[$NF] = NR; $NF = seen[$NF]; print }' /tmp/er-picture.$$; rm /tmp/er-picture.$$",
    'find containers/*/upper images/layers images/blobs volumes -type f -print0 | sort -z | xargs -0 sha256sum',
  ].join('\n')
  const { code, stdout, stderr } = await run('sh', ['-c', script, 'sh', root])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/**
 * All that was there is there: lists, logs, and a stopped container that starts and has its image and the bytes of its volumes.
 * @param others containers that the test has made itself
 */
export async function expectWhole(daemon: TestDaemon, others: readonly string[] = []): Promise<void> {
  expect((await daemon.ok('ps', '-a', '--format', '{{.Names}}')).split('\n').sort()).toEqual(['reader', 'writer', ...others].sort())
  expect((await daemon.ok('images', '--format', '{{.Repository}}')).split('\n').sort()).toEqual(['busybox', 'ours'])
  expect(await daemon.ok('logs', 'writer')).toBe('said')
  expect(await daemon.ok('start', '-a', 'reader')).toBe('kept\ntoo\n/big\n/big2\n/mnt/busybox/bin/sh')
}

/** What carries the names of an engine whose data is there: tables, interfaces, its folder of runtime state. */
export async function kernelNamesOf(daemon: TestDaemon, dataRoot: string): Promise<string[]> {
  const prefix = prefixOf(dataRoot)
  const { stdout } = await run('sh', [
    '-c',
    `nft list tables | grep engineroom-${prefix}; ip -br link | grep "^er${prefix}"; ls -d ${daemon.execRoot}/${prefix} 2>/dev/null; true`,
  ])
  return stdout.split('\n').filter((line) => line !== '')
}
