import { expect, it } from 'vitest'
import { NamedContexts } from '../../build/named-contexts.ts'
import { planStages } from '../../build/stages.ts'
import { parseDockerfile } from '../../dockerfile/parse.ts'
import { digestOf } from '../../images/digest.ts'
import { hostArchitecture, type Image, parseImage } from '../../images/image.ts'
import { checkAll } from './check-stages.ts'

function image(architecture: string, Env: string[]): Image {
  const text = JSON.stringify({ os: 'linux', architecture, config: { Env }, rootfs: { type: 'layers', diff_ids: [] } })
  return parseImage(digestOf(text), text)
}

const IMAGES: Readonly<Record<string, Image>> = { java: image(hostArchitecture(), ['JAVA_HOME=/j', 'PATH=/j/bin']), foreign: image('s390x', []) }

/** One line for each: `LINE RULE: DETAIL`. */
function found(
  text: string,
  { buildArgs = {}, excludes = [], target = '' }: { buildArgs?: Record<string, string>; excludes?: string[]; target?: string } = {},
) {
  const parsed = parseDockerfile(text)
  const contexts = new NamedContexts([['lib', { kind: 'image', reference: 'java' }]])
  const plan = planStages(parsed.instructions, { buildArgs, contexts, target }, [])
  const findings = checkAll(parsed, plan, { buildArgs, contexts, excludes, findImage: (name) => IMAGES[name] })
  return findings.map(({ rule, detail, first }) => `${first} ${rule}: ${detail}`)
}

const undefinedVar = (line: number, name: string, meant = '') => `${line} UndefinedVar: Usage of undefined variable '$${name}'${meant}`

it.each<[string, string[]]>([
  ['FROM scratch\nARG foo\nCOPY Dockerfile${foo} .\n', []],
  ['FROM java AS base\nARG foo=D\nFROM base\nCOPY $foo .\n', []],
  ['FROM java\nRUN echo $NEVER\nWORKDIR $JAVA_HOME\nLABEL a=$PATH\n', []],
  ['FROM lib\nWORKDIR $JAVA_HOME\n', []],
  // Nobody knows what it has set.
  ['FROM elsewhere\nWORKDIR $ANY\n', []],
  ['FROM scratch\nCOPY $foo .\nARG foo=bar\n', [undefinedVar(2, 'foo')]],
  ['FROM scratch\nARG DIR_A=a DIR_ASSETS=b\nCOPY $DIR_ASSET .\n', [undefinedVar(3, 'DIR_ASSET', ' (did you mean $DIR_ASSETS?)')]],
  ['FROM scratch\nENV PATH=$PAHT:/tmp/bin\n', [undefinedVar(2, 'PAHT', ' (did you mean $PATH?)')]],
  ['FROM scratch\nUSER ${A:-0}\n', [undefinedVar(2, 'A')]],
  ["FROM scratch\nLABEL a='$A' b=\\$A\n", []],
  ['ARG G=1\nFROM scratch\nARG G\nENV A=$G\nENV B=$A$TARGETARCH\n', [undefinedVar(5, 'TARGETARCH')]],
  ['FROM scratch\nRUN --mount=type=cache,id=$ID,target=/c true\n', [undefinedVar(2, 'ID')]],
  ['FROM scratch AS never\nUSER $A\nFROM scratch\nUSER $B\n', [undefinedVar(4, 'B')]],
])('%j', (text, expected) => expect(found(text)).toEqual(expected))

it('looks at what defaults make of a base', () => {
  const rule = 'InvalidDefaultArgInFrom: Default value for ARG'
  const why = 'results in empty or invalid base image name'
  expect(found('ARG V\nFROM java:$V\n', { buildArgs: { V: '1' } })).toEqual([`2 ${rule} java:$V ${why}`])
  expect(found('ARG I\nFROM $I AS a\nFROM java\n', { buildArgs: { I: 'java' } })).toEqual([`2 ${rule} $I ${why}`])
  expect(found('ARG V=1\nFROM java:${V}\n')).toEqual([])
})

it('looks at the platform of an image that is here', () => {
  expect(found('FROM foreign\n')).toEqual([
    `1 InvalidBaseImagePlatform: Base image foreign was pulled with platform "linux/s390x", expected "linux/${hostArchitecture()}" for current build`,
  ])
})

it('looks for files that are left out of the context', () => {
  const text = 'FROM java\nCOPY ./out/log.txt src /\nADD . /all\nCOPY --from=java out /\nADD https://example.org/out /\n'
  expect(found(text, { excludes: ['out'] })).toEqual(['2 CopyIgnoredFile: Attempting to Copy file "out/log.txt" that is excluded by .dockerignore'])
  expect(found(text, { excludes: ['out', '!out/log.txt'] })).toEqual([])
  expect(found('FROM java\nADD . /all\n', { excludes: ['*'] })).toEqual(['2 CopyIgnoredFile: Attempting to Add file "." that is excluded by .dockerignore'])
})
