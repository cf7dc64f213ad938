import { describe, expect, test } from 'vitest'
import { parseDockerfile } from './parse.ts'

const parsed = (text: string) => parseDockerfile(text).instructions
const only = (text: string) => parsed(text)[0]

describe('a Dockerfile', () => {
  test('joins continued lines, and leaves comments and blank lines between them out', () => {
    const [, run] = parsed('FROM busybox\n# about\nRUN echo a \\\n  # inside\n\n  && echo b\n')
    expect(run).toMatchObject({ name: 'RUN', line: 3, command: { form: 'shell', line: 'echo a   && echo b' } })
  })

  test('may choose the backtick as escape', () => {
    expect(parsed('# escape=`\nFROM a\nRUN dir `\n  c:\\\n')[1]).toMatchObject({ command: { line: 'dir   c:\\' } })
    expect(() => parseDockerfile('# escape=x\nFROM a')).toThrow("failed to parse Dockerfile: invalid escape token 'x' does not match ` or \\")
  })

  test('that is empty, or of comments alone, is refused', () => {
    expect(() => parseDockerfile('\n# nothing\n', 'Dockerfile.dev')).toThrow('failed to parse Dockerfile.dev: file with no instructions')
    expect(() => parseDockerfile('', 'Dockerfile.dev')).toThrow('the Dockerfile (Dockerfile.dev) cannot be empty')
  })

  test('names the line of an unknown instruction', () => {
    expect(() => parseDockerfile('FROM busybox\n\nFOO bar')).toThrow('dockerfile parse error on line 3: unknown instruction: FOO')
  })
})

describe('here-documents', () => {
  test('belong to the instruction above them, with tabs cut where asked', () => {
    const [copy] = parsed('COPY <<-"a.txt" <<b /dir/\n\tone $X\na.txt\ntwo\nb\n')
    expect(copy).toMatchObject({
      name: 'COPY',
      heredocs: [
        { name: 'a.txt', content: 'one $X\n', isLiteral: true },
        { name: 'b', content: 'two\n', isLiteral: false },
      ],
    })
  })

  test('must end', () => {
    expect(() => parseDockerfile('FROM a\nRUN <<EOF\necho')).toThrow('failed to parse Dockerfile: unterminated heredoc')
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

describe('mistakes are told in the words of docker 28', () => {
  test.each([
    ['FRMO busybox', 'unknown instruction: FRMO (did you mean FROM?)'],
    ['copi a b', 'unknown instruction: copi (did you mean copy?)'],
    ['NOTHING', 'unknown instruction: NOTHING'],
    ['RUN', 'RUN requires exactly one argument'],
    ['USER', 'USER requires exactly one argument'],
    ['WORKDIR', 'WORKDIR requires exactly one argument'],
    ['EXPOSE', 'EXPOSE requires at least one argument'],
    ['ARG', 'ARG requires at least one argument'],
    ['ARG =x', 'ARG names can not be blank'],
    ['ENV', 'ENV requires at least one argument'],
    ['ENV =x', 'ENV names can not be blank'],
    ['LABEL', 'LABEL requires at least one argument'],
    ['SHELL []', 'SHELL requires at least one argument'],
    ['VOLUME [" "]', 'VOLUME specified can not be an empty string'],
    ['COPY --form=x a b', 'unknown flag: --form (did you mean from?)'],
    ['COPY --from a b', 'missing a value on flag: --from'],
    ['COPY --from=a --from=b c d', 'duplicate flag specified: --from'],
    ['COPY --link=maybe a b', 'expecting boolean value for flag --link, not: maybe'],
    ['COPY a <<b', 'COPY cannot accept a heredoc as a destination', 'b'],
    ['USER --x me', 'unknown flag: --x'],
    ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'],
    ['HEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
    ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK curl', 'Unknown type "CURL" in HEALTHCHECK (try CMD)'],
    ['HEALTHCHECK --retry=1 CMD a', 'unknown flag: --retry'],
    ['ONBUILD', 'ONBUILD requires at least one argument'],
  ])('%j: %s', (line, message, more = '') => {
    expect(() => parseDockerfile(`FROM a\n\n${line}\n${more}\n`)).toThrow(`dockerfile parse error on line 3: ${message}`)
  })

  test.each([
    ['ENV A', 'ENV must have two arguments'],
    ['ENV A=1 B', `Syntax error - can't find = in "B". Must be of the form: name=value`],
    ['LABEL a=1 b', `Syntax error - can't find = in "b". Must be of the form: name=value`],
    ['RUN ["a", 1]', 'When using JSON array syntax, arrays must be comprised of strings only.'],
  ])('%j: %s, wherever it is', (line, message) => {
    expect(() => parseDockerfile(`FROM a\n${line}\n`, 'My.dockerfile')).toThrow(`failed to parse My.dockerfile: ${message}`)
  })
})

describe('lines', () => {
  test('that end with two escapes go no further', () => {
    expect(parsed('RUN echo a\\\\\nRUN b')).toHaveLength(2)
  })

  test('without anything in a continued instruction are warned of', () => {
    const { instructions, warnings } = parseDockerfile('RUN echo a \\\n\n   b\nRUN c \\\n# comments are none\n d\n')
    expect(instructions.map((one) => one.source)).toEqual(['RUN echo a    b', 'RUN c  d'])
    expect(warnings).toEqual(['Empty continuation line found in: RUN echo a    b'])
  })

  test('keep the case in which they were written', () => {
    expect(only('from busybox as Build')).toMatchObject({ source: 'from busybox as Build', alias: 'build' })
  })
})

describe('the escape that is chosen', () => {
  const text = '# escape=`\nENV A=c:\\x B=`$A C=two` words\n'
  test('is that of words, too', () => {
    expect(only(text)).toMatchObject({
      escaping: '`',
      pairs: [
        ['A', 'c:\\x'],
        ['B', '`$A'],
        ['C', 'two` words'],
      ],
    })
  })
})

describe('documents', () => {
  test('may be called by any word, and are none within quotes', () => {
    expect(only('COPY <<my-file.conf /etc/\nx\nmy-file.conf')).toMatchObject({ heredocs: [{ name: 'my-file.conf', content: 'x\n' }] })
    expect(only('RUN echo " <<EOF " $((1<<2)) <<<word')).toMatchObject({ heredocs: [] })
  })

  test('belong to a trigger', () => {
    const [onbuild] = parsed('ONBUILD RUN <<EOF\necho a\nEOF\n')
    expect(onbuild).toMatchObject({ name: 'ONBUILD', trigger: 'RUN <<EOF\necho a\nEOF' })
  })
})
