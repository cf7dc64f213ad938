import { describe, expect, it } from 'vitest'
import { mergeImageConfig } from './image-config.ts'

const image = {
  User: 'web',
  Env: ['PATH=/bin', 'LANG=C'],
  Entrypoint: ['/entry'],
  Cmd: ['serve'],
  WorkingDir: '/srv',
  Labels: { a: 'image', b: 'image' },
  ExposedPorts: { '80/tcp': {} },
  Volumes: { '/data': {} },
  StopSignal: 'SIGQUIT',
  Healthcheck: { Test: ['CMD', 'probe'], Interval: 5e9, Retries: 7 },
}

describe('mergeImageConfig', () => {
  it('takes everything from the image when nothing was asked', () => {
    expect(mergeImageConfig({}, image)).toMatchObject({ ...image, Env: image.Env })
  })

  it('takes what was asked, field by field', () => {
    const merged = mergeImageConfig({ User: '5', WorkingDir: '/tmp', StopSignal: 'SIGINT', Labels: { b: 'mine' } }, image)
    expect(merged).toMatchObject({ User: '5', WorkingDir: '/tmp', StopSignal: 'SIGINT', Labels: { a: 'image', b: 'mine' } })
  })

  it('replaces environment by name, own entries first', () => {
    expect(mergeImageConfig({ Env: ['LANG=de', 'X=1'] }, image).Env).toEqual(['LANG=de', 'X=1', 'PATH=/bin'])
  })

  it('gives the image its environment back when an empty list was sent', () => {
    expect(mergeImageConfig({ Env: [] }, image).Env).toEqual(image.Env)
    expect(mergeImageConfig({ Env: [] }, {}).Env).toEqual([])
    expect(mergeImageConfig({}, {}).Env).toBeUndefined()
  })

  it('unites ports and volumes; a port without protocol is tcp', () => {
    const merged = mergeImageConfig({ ExposedPorts: { '80': {}, '53/udp': {} }, Volumes: { '/more': {} } }, image)
    expect(Object.keys(merged.ExposedPorts ?? {})).toEqual(['80/tcp', '53/udp'])
    expect(Object.keys(merged.Volumes ?? {})).toEqual(['/data', '/more'])
  })

  it('a command replaces only the command', () => {
    expect(mergeImageConfig({ Cmd: ['other'] }, image)).toMatchObject({ Entrypoint: ['/entry'], Cmd: ['other'] })
  })

  it("an entrypoint drops the image's command", () => {
    expect(mergeImageConfig({ Entrypoint: ['sh'] }, image)).toMatchObject({ Entrypoint: ['sh'], Cmd: undefined })
    expect(mergeImageConfig({ Entrypoint: ['sh'], Cmd: ['-c', 'x'] }, image)).toMatchObject({ Entrypoint: ['sh'], Cmd: ['-c', 'x'] })
  })

  it('one empty word as entrypoint means none', () => {
    expect(mergeImageConfig({ Entrypoint: [''], Cmd: ['ls'] }, image)).toMatchObject({ Entrypoint: undefined, Cmd: ['ls'] })
  })

  it('merges a healthcheck field by field; zero and an empty test inherit', () => {
    expect(mergeImageConfig({ Healthcheck: { Test: [], Interval: 0, Timeout: 3e9 } }, image).Healthcheck).toEqual({
      Test: ['CMD', 'probe'],
      Interval: 5e9,
      Timeout: 3e9,
      StartPeriod: undefined,
      StartInterval: undefined,
      Retries: 7,
    })
    expect(mergeImageConfig({ Healthcheck: { Test: ['NONE'] } }, image).Healthcheck?.Test).toEqual(['NONE'])
  })
})
