import { describe, expect, test } from 'vitest'
import { parseDockerfile } from './parse.ts'

const only = (text: string) => parseDockerfile(text)[0]

describe('a Dockerfile', () => {
  test('joins continued lines, and leaves comments and blank lines between them out', () => {
    const [, run] = parseDockerfile('FROM busybox\n# about\nRUN echo a \\\n  # inside\n\n  && echo b\n')
    expect(run).toMatchObject({ name: 'RUN', line: 3, command: { form: 'shell', line: 'echo a   && echo b' } })
  })

  test('may choose the backtick as escape', () => {
    expect(parseDockerfile('# escape=`\nFROM a\nRUN dir `\n  c:\\\n')[1]).toMatchObject({ command: { line: 'dir   c:\\' } })
    expect(() => parseDockerfile('# escape=x\nFROM a')).toThrow('dockerfile parse error on line 1: invalid ESCAPE')
  })

  test('that is empty, or of comments alone, is refused', () => {
    expect(() => parseDockerfile('\n# nothing\n', 'Dockerfile.dev')).toThrow('the Dockerfile (Dockerfile.dev) cannot be empty')
  })

  test('names the line of an unknown instruction', () => {
    expect(() => parseDockerfile('FROM busybox\n\nFOO bar')).toThrow('dockerfile parse error on line 3: unknown instruction: FOO')
  })
})

describe('here-documents', () => {
  test('belong to the instruction above them, with tabs cut where asked', () => {
    const [copy] = parseDockerfile('COPY <<-"a.txt" <<b /dir/\n\tone $X\na.txt\ntwo\nb\n')
    expect(copy).toMatchObject({
      name: 'COPY',
      heredocs: [
        { name: 'a.txt', content: 'one $X\n', isLiteral: true },
        { name: 'b', content: 'two\n', isLiteral: false },
      ],
    })
  })

  test('must end', () => {
    expect(() => parseDockerfile('FROM a\nRUN <<EOF\necho')).toThrow('dockerfile parse error on line 2: unterminated heredoc')
  })

  test('are plain text in other instructions', () => {
    expect(only('ENV A="<<EOF"')).toMatchObject({ pairs: [['A', '"<<EOF"']] })
  })
})

describe('FROM', () => {
  test('has an image, a platform and a name', () => {
    expect(only('FROM --platform=linux/amd64 node:24 AS Build')).toMatchObject({ image: 'node:24', platform: 'linux/amd64', alias: 'build' })
  })

  test.each(['FROM', 'FROM a b', 'FROM a as', 'FROM a as b c'])('%s is refused', (text) => {
    expect(() => parseDockerfile(text)).toThrow('FROM requires either one or three arguments')
  })

  test('a stage cannot be called by a number', () => {
    expect(() => parseDockerfile('FROM a AS 1b')).toThrow('invalid name for build stage')
  })
})

describe('instructions', () => {
  test('COPY takes flags, several sources, and the list form for names with blanks', () => {
    expect(only('COPY --from=build --chown=1:2 a b /to/')).toMatchObject({
      flags: [
        ['from', 'build'],
        ['chown', '1:2'],
      ],
      sources: ['a', 'b'],
      target: '/to/',
    })
    expect(only('COPY ["a b", "/to"]')).toMatchObject({ sources: ['a b'], target: '/to' })
    expect(() => parseDockerfile('COPY a')).toThrow('COPY requires at least two arguments')
    expect(() => parseDockerfile('COPY --nope a b')).toThrow('unknown flag: --nope')
  })

  test('ENV has pairs, or one name and the rest of the line', () => {
    expect(only('ENV A=1 B="two words"')).toMatchObject({
      pairs: [
        ['A', '1'],
        ['B', '"two words"'],
      ],
    })
    expect(only('ENV A two words')).toMatchObject({ pairs: [['A', 'two words']] })
    expect(() => parseDockerfile('ENV A')).toThrow('ENV must have two arguments')
  })

  test('CMD may be empty, in list form or for the shell', () => {
    expect(only('CMD ["a", "b"]')).toMatchObject({ command: { form: 'exec', words: ['a', 'b'] } })
    expect(only('CMD echo hi')).toMatchObject({ command: { form: 'shell', line: 'echo hi' } })
    expect(only("CMD ['a']")).toMatchObject({ command: { form: 'shell', line: "['a']" } })
  })

  test('SHELL insists on the list form', () => {
    expect(() => parseDockerfile('SHELL /bin/sh')).toThrow('SHELL requires the arguments to be in JSON form')
  })

  test('ONBUILD cannot be nested, and has no FROM', () => {
    expect(() => parseDockerfile('ONBUILD ONBUILD RUN a')).toThrow('Chaining ONBUILD')
    expect(() => parseDockerfile('ONBUILD FROM a')).toThrow("FROM isn't allowed as an ONBUILD trigger")
  })
})
