import { describe, expect, it } from 'vitest'
import { hostArchitecture, type Image, type ImageId, parseImage } from '../images/image.ts'
import { checkPlatform } from './platform.ts'

const image = (architecture: string): Image => parseImage(`sha256:${'0'.repeat(64)}` as ImageId, JSON.stringify({ os: 'linux', architecture }))
const foreign = hostArchitecture() === 'amd64' ? 'arm64' : 'amd64'

describe('checkPlatform', () => {
  it('takes an image for this machine, asked for or not', () => {
    expect(checkPlatform(image(hostArchitecture()), 'x', '')).toEqual([])
    expect(checkPlatform(image(hostArchitecture()), 'x', `linux/${hostArchitecture()}`)).toEqual([])
  })

  it('refuses an image that is not of the platform asked for, in words that make a client pull', () => {
    expect(() => checkPlatform(image(hostArchitecture()), 'app', `linux/${foreign}`)).toThrow(
      `image with reference app:latest was found but its platform (linux/${hostArchitecture()}) does not match the specified platform (linux/${foreign})`,
    )
  })

  it('warns of a foreign image that nobody asked for', () => {
    expect(checkPlatform(image(foreign), 'app', '')).toEqual([expect.stringContaining(`platform (linux/${foreign}) does not match the detected host platform`)])
  })
})
