import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configFile, dockerArchive, type Recipe, sha256, tar } from '../api/images/archives.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'

/** Images go from our daemon to skopeo, podman and buildah and back, as archives and over the API, and stay what they are. */
let daemon: TestDaemon
let folder: string
let recipe: Recipe
let id: string
beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false })
  folder = await mkdtemp('/tmp/er-peers-')
  const lower = await tar([['kept', 'lower'], ['hidden', 'x'], { name: 'link', type: 'symlink', linkname: 'kept' }])
  recipe = {
    layers: [
      lower,
      await tar([
        ['.wh.hidden', ''],
        ['upper', 'u'.repeat(5000)],
      ]),
    ],
    config: { Cmd: ['/upper'], Env: ['A=1'], Labels: { made: 'here' } },
  }
  id = `sha256:${sha256(configFile(recipe))}`
  const { code } = await daemon.docker(['load'], { input: await dockerArchive(recipe, ['ours:1']) })
  expect(code).toBe(0)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function ok(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args)
  expect(code, `${command} ${args.join(' ')}: ${stderr}${stdout}`).toBe(0)
  return stdout.trim()
}

const skopeo = (...args: string[]) => ok('skopeo', '--insecure-policy', ...args)
const place = (name: string) => join(folder, name)
const diffIds = () => recipe.layers.map((layer) => `sha256:${sha256(layer)}`)

/** What skopeo wrote to a folder as it came: a manifest with the digests of configuration and layers. */
async function digestsIn(name: string): Promise<{ config: string; layers: string[] }> {
  const manifest = JSON.parse(await readFile(join(place(name), 'manifest.json'), 'utf8'))
  return { config: manifest.config.digest, layers: manifest.layers.map(({ digest }: { digest: string }) => digest) }
}

/** Loads an archive of somebody else's. @returns the id and the layers of what it held */
async function loaded(file: string, name: string): Promise<{ id: string; layers: string[] }> {
  await daemon.ok('load', '-i', place(file))
  const [image] = JSON.parse(await daemon.ok('inspect', '--type', 'image', name))
  return { id: image.Id, layers: image.RootFS.Layers }
}

describe('skopeo', () => {
  test('takes an image from the daemon, and puts it back', async () => {
    const host = `unix://${daemon.socketPath}`
    await skopeo('copy', '--src-daemon-host', host, 'docker-daemon:ours:1', `dir:${place('from-daemon')}`)
    expect(await digestsIn('from-daemon')).toEqual({ config: id, layers: diffIds() })
    await daemon.ok('rmi', 'ours:1')
    await skopeo('copy', '--dest-daemon-host', host, `dir:${place('from-daemon')}`, 'docker-daemon:ours:1')
    expect(await daemon.ok('inspect', '-f', '{{.Id}}', 'ours:1')).toBe(id)
  })

  test('reads what we save, as either archive', async () => {
    await daemon.ok('save', '-o', place('ours.tar'), 'ours:1')
    await skopeo('copy', `docker-archive:${place('ours.tar')}:ours:1`, `dir:${place('from-docker-archive')}`)
    expect(await digestsIn('from-docker-archive')).toEqual({ config: id, layers: diffIds() })
    await skopeo('copy', `oci-archive:${place('ours.tar')}:1`, `dir:${place('from-oci-archive')}`)
    expect(await digestsIn('from-oci-archive')).toEqual({ config: id, layers: diffIds() })
  })

  test('writes either archive, and we load it', async () => {
    await skopeo('copy', `dir:${place('from-daemon')}`, `docker-archive:${place('theirs.tar')}:theirs-docker:1`)
    expect(await loaded('theirs.tar', 'theirs-docker:1')).toEqual({ id, layers: diffIds() })
    // Its configuration is written anew in OCI's form, so that its id is another; what is in it is not.
    await skopeo('copy', `dir:${place('from-daemon')}`, `oci-archive:${place('theirs-oci.tar')}:theirs-oci:1`)
    expect((await loaded('theirs-oci.tar', 'theirs-oci:1')).layers).toEqual(diffIds())
  })
})

describe.each(['podman', 'buildah'])('%s', (tool) => {
  const its = (...args: string[]) => ok(tool, '--root', place(`${tool}-root`), '--runroot', place(`${tool}-run`), '--storage-driver', 'vfs', ...args)
  const write = (format: string, file: string, name: string) => its('push', '-q', id.slice('sha256:'.length), `${format}:${place(file)}:${name}`)

  test('takes what we save, and we take it back', async () => {
    await daemon.ok('save', '-o', place(`for-${tool}.tar`), 'ours:1')
    await its('pull', '-q', `docker-archive:${place(`for-${tool}.tar`)}`)
    expect(await its('images', '-q', '--no-trunc')).toBe(id)
    await write('docker-archive', `${tool}.tar`, `${tool}-docker:1`)
    expect(await loaded(`${tool}.tar`, `${tool}-docker:1`)).toEqual({ id, layers: diffIds() })
    await write('oci-archive', `${tool}-oci.tar`, `${tool}-oci:1`)
    expect((await loaded(`${tool}-oci.tar`, `${tool}-oci:1`)).layers).toEqual(diffIds())
  })
})
