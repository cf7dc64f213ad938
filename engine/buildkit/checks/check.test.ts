import { describe, expect, it } from 'vitest'
import { parseDockerfile } from '../../dockerfile/parse.ts'
import { check } from './check.ts'

/** One line for each: `LINE RULE: DETAIL`. */
function found(text: string): string[] {
  return check(parseDockerfile(text)).map(({ rule, detail, first }) => `${first} ${rule}: ${detail}`)
}

describe('checks', () => {
  it.each<[string, string[]]>([
    ['FROM busybox AS a\nRUN true\nFROM a AS b\nCMD ["x"]\n', []],
    ['FROM busybox AS Big\n', ["1 StageNameCasing: Stage name 'Big' should be lowercase"]],
    ['FROM busybox as a\n', ["1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match"]],
    ['FROM busybox\nRUN true\nrun true\n', ["3 ConsistentInstructionCasing: Command 'run' should match the case of the command majority (uppercase)"]],
    ['from busybox\nRun true\nrun true\n', ["2 ConsistentInstructionCasing: Command 'Run' should match the case of the command majority (lowercase)"]],
    ['FROM busybox AS scratch\n', ['1 ReservedStageName: Stage name should not use the same name as reserved stage "scratch"']],
    ['FROM busybox AS a\nFROM busybox AS a\n', ['2 DuplicateStageName: Duplicate stage name "a", stage names should be unique']],
    ['FROM busybox\nRUN a \\\n\n  && b\n', ['2 NoEmptyContinuation: Empty continuation line']],
    ['FROM busybox\nCMD x\n', ['2 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals']],
    ['FROM busybox AS a\nSHELL ["sh"]\nFROM a\nCMD x\n', []],
    ['FROM busybox\nMAINTAINER me\n', ['2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label']],
    ['ARG VERSION=1\nFROM busybox:$VERSIO\n', ["2 UndefinedArgInFrom: FROM argument 'VERSIO' is not declared (did you mean VERSION?)"]],
    ['ARG A\nFROM ${A}:${B:-1}\n', ["2 UndefinedArgInFrom: FROM argument 'B' is not declared (did you mean A?)"]],
    ['FROM busybox\nWORKDIR a\nWORKDIR b\n', ['2 WorkdirRelativePath: Relative workdir "a" can have unexpected results if the base image changes']],
    ['FROM busybox AS a\nWORKDIR /a\nFROM a\nWORKDIR b\n', []],
    [
      'FROM busybox\nCMD ["a"]\nENTRYPOINT ["b"]\nCMD ["c"]\n',
      ['2 MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used'],
    ],
    [
      'FROM busybox\nENV a b\nLABEL c d\nENV e=f\n',
      [
        '2 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format',
        '3 LegacyKeyValueFormat: "LABEL key=value" should be used instead of legacy "LABEL key value" format',
      ],
    ],
    [
      'FROM busybox\nEXPOSE 80/TCP 127.0.0.1:81:81 82/udp $PORT\n',
      [
        "2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:81:81'",
        "2 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
      ],
    ],
    [
      'FROM --platform=$TARGETPLATFORM busybox\n',
      ['1 RedundantTargetPlatform: Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior'],
    ],
    ['FROM --platform=linux/amd64 busybox AS a\n', ['1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/amd64"']],
    ['FROM --platform=linux/amd64 busybox AS on-amd64\n', []],
    [
      'FROM busybox\nARG API_KEY KEY_FILE\nENV GIT_TOKEN=x PUBLIC_KEY=y KEYBOARD=z\n',
      [
        '2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "API_KEY")',
        '3 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "GIT_TOKEN")',
      ],
    ],
  ])('%j', (text, expected) => expect(found(text)).toEqual(expected))
})
