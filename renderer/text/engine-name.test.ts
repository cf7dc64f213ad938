import { expect, test } from 'vitest'
import { engineNameIn } from './engine-name.ts'

test.each([
  [
    { Platform: { Name: 'Engineroom' }, Components: [{ Name: 'Engine' }], Version: '0.1.0' },
    { product: 'Engineroom', version: '0.1.0', isOurs: true },
  ],
  [
    { Platform: { Name: '' }, Components: [{ Name: 'Engine' }], Version: '20.10.24+dfsg1' },
    { product: 'dockerd', version: '20.10.24+dfsg1', isOurs: false },
  ],
  [
    { Platform: { Name: 'Docker Engine - Community' }, Components: [{ Name: 'Engine' }], Version: '28.0.1' },
    { product: 'dockerd', version: '28.0.1', isOurs: false },
  ],
  [
    { Platform: { Name: 'linux/amd64/debian-12' }, Components: [{ Name: 'Podman Engine' }], Version: '4.3.1' },
    { product: 'podman', version: '4.3.1', isOurs: false },
  ],
  [{}, { product: 'engine', version: '', isOurs: false }],
])('%j', (said, name) => expect(engineNameIn(said)).toEqual(name))
