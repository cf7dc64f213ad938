import containers from './0001-containers.ts'
import images from './0002-images.ts'
import networks from './0003-networks.ts'
import volumes from './0004-volumes.ts'
import userNetworks from './0005-user-networks.ts'
import localRegistry from './0006-local-registry.ts'
import sentLayers from './0007-sent-layers.ts'

/** Every schema change since the first release, in order: the number of a file is the version that it makes. Never edit one that was released; add the next. */
export const migrations: readonly string[] = [containers, images, networks, volumes, userNetworks, localRegistry, sentLayers]
