import { describe, expect, it } from 'vitest'
import { createBody } from './create-body.ts'
import type { ContainerFlags } from './create-flags.ts'

const body = (flags: Partial<ContainerFlags> = {}, argv = ['busybox']) => createBody(argv, { healthcheck: true, ...flags })

describe('createBody', () => {
  it('attaches to output alone by default, and to what is asked', () => {
    expect(body()).toMatchObject({
      Image: 'busybox',
      Cmd: null,
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      OpenStdin: false,
      StdinOnce: false,
    })
    expect(body({ interactive: true })).toMatchObject({ AttachStdin: true, OpenStdin: true, StdinOnce: true })
    expect(body({ attach: ['stderr'] })).toMatchObject({ AttachStdin: false, AttachStdout: false, AttachStderr: true })
  })

  it('hands the command over word by word', () => expect(body({}, ['busybox', 'sh', '-c', 'a b'])).toMatchObject({ Cmd: ['sh', '-c', 'a b'] }))
  it('tells no entrypoint from an empty one', () => {
    expect(body().Entrypoint).toBeNull()
    expect(body({ entrypoint: '' }).Entrypoint).toEqual([''])
  })

  it('tells binds from volumes without a name', () => {
    const made = body({ volume: ['/a:/b:ro', './c:/d', 'named:/e', '/anonymous'] })
    expect(made.HostConfig.Binds).toEqual(['/a:/b:ro', `${process.cwd()}/c:/d`, 'named:/e'])
    expect(made.Volumes).toEqual({ '/anonymous': {} })
  })

  it('puts the first network in the mode, several in the endpoints', () => {
    const net = (target: string) => ({ target, aliases: [], links: [], linkLocalIps: [], driverOptions: {}, gatewayPriority: 0 })
    expect(body()).toMatchObject({ HostConfig: { NetworkMode: 'default' }, NetworkingConfig: { EndpointsConfig: { default: {} } } })
    expect(body({ network: [net('a')] })).toMatchObject({ HostConfig: { NetworkMode: 'a' }, NetworkingConfig: { EndpointsConfig: {} } })
    expect(body({ network: [net('a')], networkAlias: ['x'], ip: '10.0.0.2' })).toMatchObject({
      NetworkingConfig: { EndpointsConfig: { a: { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.0.0.2' } } } },
    })
    expect(Object.keys((body({ network: [net('a'), net('b')] }).NetworkingConfig as { EndpointsConfig: object }).EndpointsConfig)).toEqual(['a', 'b'])
  })

  it('reads restart policies', () => {
    expect(body({ restart: 'on-failure:3' }).HostConfig.RestartPolicy).toEqual({ Name: 'on-failure', MaximumRetryCount: 3 })
    expect(body({ restart: 'always' }).HostConfig.RestartPolicy).toEqual({ Name: 'always', MaximumRetryCount: 0 })
  })

  it('makes a health check of the flags about it', () => {
    expect(body().Healthcheck).toBeUndefined()
    expect(body({ healthcheck: false }).Healthcheck).toEqual({ Test: ['NONE'] })
    expect(body({ healthCmd: 'true', healthRetries: 2 }).Healthcheck).toMatchObject({ Test: ['CMD-SHELL', 'true'], Retries: 2 })
  })

  it.each<[Partial<ContainerFlags>, string]>([
    [{ rm: true, restart: 'always' }, 'conflicting options: cannot specify both --restart and --rm'],
    [{ restart: 'on-failure:x' }, 'invalid restart policy format: maximum retry count must be an integer'],
    [{ volume: ['a::b'] }, 'invalid spec: a::b: empty section between colons'],
    [{ pid: 'x' }, '--pid: invalid PID mode'],
    [{ memorySwappiness: 101 }, 'invalid value: 101. Valid memory swappiness range is 0-100'],
    [{ healthcheck: false, healthCmd: 'x' }, '--no-healthcheck conflicts with --health-* options'],
    [{ networkAlias: ['x'] }, 'network-scoped aliases are only supported for user-defined networks'],
    [{ device: ['/dev/null:/x:zz'] }, 'bad mode specified: zz'],
    [{ securityOpt: ['foo'] }, 'Invalid --security-opt: "foo"'],
    [{ logDriver: 'none', logOpt: ['a=b'] }, 'invalid logging opts for driver none'],
  ])('refuses %j', (flags, message) => expect(() => body(flags)).toThrow(message))
})
