import type { Image } from '../../images/image.ts'
import { imageSteps } from '../../images/image-steps.ts'
import type { Images } from '../../images/images.ts'
import { chainIds } from '../../images/layers.ts'
import { goTime, unixSeconds, ZERO_TIME } from '../times.ts'
import type { ApiVersion } from '../version.ts'

export interface SummaryOptions {
  /** Whether to find out how many bytes it shares, and with how many containers. */
  readonly shared: boolean
  /** The names to show, when not all. */
  readonly repoTags?: readonly string[]
  readonly repoDigests?: readonly string[]
}

/** @see Engine API 1.51 ImageSummary; engine-api notes 7.2 */
export function summaryView(images: Images, image: Image, version: ApiVersion, options: SummaryOptions) {
  const { repoTags, repoDigests } = { ...images.referencesOf(image.id), ...options }
  const isUntagged = repoTags.length === 0
  const size = images.sizeOf(image)
  const placeholder = isUntagged && !version.atLeast('1.43')
  return {
    Containers: version.atLeast('1.51') || options.shared ? images.usersOf(image.id).length : -1,
    Created: image.created ? unixSeconds(image.created) : 0,
    Id: image.id,
    Labels: image.config.Labels ?? null,
    ParentId: image.parent ?? '',
    RepoDigests: placeholder && repoDigests.length === 0 ? ['<none>@<none>'] : repoDigests,
    RepoTags: placeholder ? ['<none>:<none>'] : repoTags,
    SharedSize: options.shared ? images.sharedSizeOf(image) : -1,
    Size: size,
    ...(!version.atLeast('1.44') && { VirtualSize: size }),
  }
}

/** @see Engine API 1.51 ImageInspect; engine-api notes 7.3 */
export function inspectView(images: Images, image: Image, version: ApiVersion) {
  const { repoTags, repoDigests } = images.referencesOf(image.id)
  const size = images.sizeOf(image)
  const [upper = '', ...rest] = images.layerFolders(image)
  return {
    Id: image.id,
    RepoTags: repoTags,
    RepoDigests: repoDigests,
    Parent: image.parent ?? '',
    Comment: image.comment,
    Created: image.created ? goTime(image.created) : version.atLeast('1.44') ? undefined : ZERO_TIME,
    ...(!version.atLeast('1.45') && { Container: '' }),
    // Docker gives it below 1.45 only; docker-compose 1.29 takes the newest version there is, and fails without it.
    ContainerConfig: configView(image, true),
    DockerVersion: image.dockerVersion,
    Author: image.author,
    Config: configView(image, !version.atLeast('1.50')),
    Architecture: image.architecture,
    ...(image.variant && { Variant: image.variant }),
    Os: image.os,
    Size: size,
    ...(!version.atLeast('1.44') && { VirtualSize: size }),
    GraphDriver: { Name: 'overlay2', Data: { ...(rest.length > 0 && { LowerDir: rest.join(':') }), UpperDir: upper } },
    RootFS: { Type: 'layers', Layers: image.diffIds },
    Metadata: { LastTagTime: image.lastTagTime ? goTime(image.lastTagTime) : ZERO_TIME },
  }
}

/** Older clients expect the keys that only containers have, too. */
function configView(image: Image, withContainerKeys: boolean) {
  const { config } = image
  if (!withContainerKeys) return config
  return {
    Hostname: '',
    Domainname: '',
    User: '',
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: '',
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
    ...config,
  }
}

/** Newest first. @see Engine API 1.51 ImageHistory */
export function historyView(images: Images, image: Image) {
  const chains = chainIds(image.diffIds)
  const rows = imageSteps(image).map(({ entry, layer }) => {
    const chainId = layer === undefined ? undefined : chains[layer]
    return {
      Comment: entry.comment ?? '',
      Created: entry.created ? unixSeconds(entry.created) : 0,
      CreatedBy: entry.created_by ?? '',
      Id: '<missing>',
      Size: chainId === undefined ? 0 : (images.layers.find(chainId)?.sizeBytes ?? 0),
      Tags: null as string[] | null,
    }
  })
  rows.reverse()
  // As far as the images below were made here, too, their ids are known.
  let maker: Image | undefined = image
  for (const row of rows) {
    if (!maker) break
    const { repoTags } = images.referencesOf(maker.id)
    Object.assign(row, { Id: maker.id, Tags: repoTags.length > 0 ? repoTags : null })
    maker = maker.parent === undefined ? undefined : images.find(maker.parent)
  }
  return rows
}
