import { engineroom } from './engine-process.ts'
import { type ShippedImage, shippedImages } from './hello-image.ts'
import { print, say, timed } from './talk.ts'

/** Those that this engine does not have yet. */
export async function loadShippedImages(socketPath: string): Promise<void> {
  const wanted: ShippedImage[] = ['busybox:latest', 'engineroom/hello:latest']
  const { stdout } = await engineroom(socketPath, ['images', '--format', '{{.Repository}}:{{.Tag}}'])
  const missing = wanted.filter((name) => !stdout.split('\n').includes(name))
  if (missing.length === 0) return
  await timed(`loading the images that ship with Engineroom: ${missing.join(', ')}`, async () => {
    const { code } = await engineroom(socketPath, ['load', '--quiet'], { input: await shippedImages(missing) })
    if (code !== 0) throw new Error('the images that ship with Engineroom could not be loaded')
  })
}

/** @throws Error when it does not end well */
export async function runFirstContainer(socketPath: string): Promise<void> {
  say('running a first container: engineroom run --rm engineroom/hello')
  const { code, stdout } = await engineroom(socketPath, ['run', '--rm', 'engineroom/hello'])
  print(`\n${stdout.replace(/^/gm, '  ').trimEnd()}\n`)
  if (code !== 0) throw new Error(`the first container ended with exit code ${code}`)
}
