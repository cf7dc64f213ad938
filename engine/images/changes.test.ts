import { describe, expect, it } from 'vitest'
import { applyChanges } from './changes.ts'
import type { ImageConfig } from './image.ts'

const before: ImageConfig = { Env: ['PATH=/bin', 'A=1'], ExposedPorts: { '80/tcp': {} }, Labels: { a: '1' }, WorkingDir: '/srv' }

describe('applyChanges', () => {
  it.each<[string, ImageConfig]>([
    ['CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
    ['cmd echo $HOME', { Cmd: ['/bin/sh', '-c', 'echo $HOME'] }],
    ['ENTRYPOINT ["/x"]', { Entrypoint: ['/x'] }],
    ['ENV A=2 B="two words"', { Env: ['PATH=/bin', 'A=2', 'B=two words'] }],
    ['ENV C the rest of it', { Env: ['PATH=/bin', 'A=1', 'C=the rest of it'] }],
    ['EXPOSE 53/udp 8080', { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8080/tcp': {} } }],
    ['LABEL b=2 "c d"="e f"', { Labels: { a: '1', b: '2', 'c d': 'e f' } }],
    ['USER web:www', { User: 'web:www' }],
    ['VOLUME /data /more', { Volumes: { '/data': {}, '/more': {} } }],
    ['VOLUME ["/data"]', { Volumes: { '/data': {} } }],
    ['WORKDIR /abs', { WorkingDir: '/abs' }],
    ['WORKDIR rel', { WorkingDir: '/srv/rel' }],
    ['STOPSIGNAL SIGQUIT', { StopSignal: 'SIGQUIT' }],
    ['ONBUILD RUN make', { OnBuild: ['RUN make'] }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
  ])('%s', (line, expected) => expect(applyChanges(before, [line])).toEqual({ ...before, ...expected }))

  it('reads the times of a healthcheck', () => {
    expect(applyChanges({}, ['HEALTHCHECK --interval=1m30s --timeout=2s --retries=4 CMD probe it']).Healthcheck).toMatchObject({
      Test: ['CMD-SHELL', 'probe it'],
      Interval: 90e9,
      Timeout: 2e9,
      Retries: 4,
    })
  })

  it('applies several in order, also from one text', () => {
    expect(applyChanges({}, ['ENV A=1\nENV A=2', ' ', 'WORKDIR /a', 'WORKDIR b'])).toMatchObject({ Env: ['A=2'], WorkingDir: '/a/b' })
  })

  it.each(['RUN true', 'FROM x', 'COPY a b', 'NOSUCH'])('refuses %j', (line) => {
    expect(() => applyChanges({}, [line])).toThrow(expect.objectContaining({ kind: 'invalid', message: `${line.split(' ')[0]} is not a valid change command` }))
  })

  it('reads them as a Dockerfile is read: continued lines, comments, any case', () => {
    expect(applyChanges({}, ['# why\nenv A=1 \\\n  B=2']).Env).toEqual(['A=1', 'B=2'])
  })

  it('takes the command away with a new entrypoint, unless a command was given, too', () => {
    const command: ImageConfig = { Cmd: ['old'] }
    expect(applyChanges(command, ['ENTRYPOINT ["x"]']).Cmd).toBeUndefined()
    expect(applyChanges(command, ['CMD ["new"]', 'ENTRYPOINT ["x"]']).Cmd).toEqual(['new'])
  })

  it.each([
    ['ENV A', 'ENV must have two arguments'],
    ['LABEL a=b c', `Syntax error - can't find = in "c". Must be of the form: name=value`],
    ['USER', 'USER requires exactly one argument'],
    ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['HEALTHCHECK --interval=1 CMD x', 'time: missing unit in duration "1"'],
    ['ENV A=${B:?no}', 'failed to process "${B:?no}": B: no'],
    ['STOPSIGNAL NOPE', 'invalid signal: NOPE'],
    ['', 'file with no instructions'],
  ])('says what is wrong with %j as docker does', (line, message) => {
    expect(() => applyChanges({}, [line])).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })

  it('leaves what it was given alone', () => {
    const given = structuredClone(before)
    applyChanges(given, ['ENV A=9', 'LABEL x=y', 'EXPOSE 1', 'VOLUME /v'])
    expect(given).toEqual(before)
  })
})
