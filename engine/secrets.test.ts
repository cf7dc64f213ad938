import { describe, expect, it } from 'vitest'
import { bodyWithoutSecrets, headersWithoutSecrets, targetWithoutSecrets } from './secrets.ts'

describe('what may be secret is left out of the path', () => {
  it.each([
    ['/build?t=x&buildargs=%7B%22TOKEN%22%3A%22s%22%7D&q=1', '/build?t=x&buildargs=(hidden)&q=1'],
    ['/build?buildargs={}', '/build?buildargs=(hidden)'],
    ['/build?remote=https%3A%2F%2Fu%3Apw%40git.example%2Fx.git', '/build?remote=https%3A%2F%2F(hidden)%40git.example%2Fx.git'],
    ['/build?remote=https://u:pw@git.example/x', '/build?remote=https://(hidden)@git.example/x'],
    ['/images/create?fromImage=docker.io%2Flibrary%2Fx%40sha256', '/images/create?fromImage=docker.io%2Flibrary%2Fx%40sha256'],
    ['/containers/json?filters=%7B%7D', '/containers/json?filters=%7B%7D'],
  ])('%s', (target, shown) => expect(targetWithoutSecrets(target)).toBe(shown))
})

it('headers that carry passwords keep their name', () => {
  expect(
    headersWithoutSecrets([
      ['X-Registry-Auth', 'e30='],
      ['Host', 'api'],
    ]),
  ).toEqual([
    ['X-Registry-Auth', '(hidden)'],
    ['Host', 'api'],
  ])
})

describe('a body keeps everything but its secrets', () => {
  it.each([
    ['{"username":"u","password":"a\\"b","x":1}', '{"username":"u","password":"(hidden)","x":1}'],
    ['{"IdentityToken": "t"}', '{"IdentityToken": "(hidden)"}'],
    ['{"id":"a","token":"t","mode":"view"}', '{"id":"a","token":"(hidden)","mode":"view"}'],
    ['{"password":"cut o', '{"password":"(hidden)'],
    ['{"Env":["A=1","DB_PASSWORD=x y","MY_TOKEN_2=z"]}', '{"Env":["A=1","DB_PASSWORD=(hidden)","MY_TOKEN_2=(hidden)"]}'],
    ['{"http-proxy":"http://me:pw@proxy:3128","user":"me@x"}', '{"http-proxy":"http://(hidden)@proxy:3128","user":"me@x"}'],
    ['{"Cmd":["echo","my token=1"]}', '{"Cmd":["echo","my token=1"]}'],
  ])('%s', (body, shown) => expect(bodyWithoutSecrets(body)).toBe(shown))
})
