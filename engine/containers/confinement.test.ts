import { describe, expect, it } from 'vitest'
import type { HostConfig } from './config.ts'
import { profileFor } from './confinement.ts'
import { defaultProfile } from './default-profile.ts'

const host = { hasAppArmor: true, canLoadProfiles: true }

/** As a dockerd 20.10 chose them on Debian's kernel. */
describe('the profile of a container', () => {
  it.each<[HostConfig, string]>([
    [{}, 'docker-default'],
    [{ SecurityOpt: ['apparmor='] }, 'docker-default'],
    [{ SecurityOpt: ['apparmor=unconfined'] }, 'unconfined'],
    [{ SecurityOpt: ['apparmor=mine'] }, 'mine'],
    [{ SecurityOpt: ['apparmor:mine'] }, 'mine'],
    [{ Privileged: true }, 'unconfined'],
    [{ Privileged: true, SecurityOpt: ['apparmor=mine'] }, 'mine'],
  ])('%j: %s', (hostConfig, expected) => expect(profileFor(hostConfig, host)).toBe(expected))

  it('is none without AppArmor', () => expect(profileFor({ SecurityOpt: ['apparmor=mine'] }, { ...host, hasAppArmor: false })).toBeUndefined())

  it('is none that has to be loaded first where nothing loads it', () => {
    const bare = { ...host, canLoadProfiles: false }
    expect(profileFor({}, bare)).toBeUndefined()
    expect(profileFor({ SecurityOpt: ['apparmor=mine'] }, bare)).toBe('mine')
  })
})

describe('docker’s own profile', () => {
  const lines = defaultProfile('docker-default', 'engine').split('\n')

  it('lets the engine end its processes, confined or not', () => {
    for (const peer of ['engine', 'unconfined']) expect(lines).toContain(`  signal (receive) peer=${peer},`)
  })

  it('names nobody twice', () => expect(new Set(lines.filter(Boolean)).size).toBe(lines.filter(Boolean).length))
})
