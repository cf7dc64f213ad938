import { expect, test } from 'vitest'
import { parseDetail } from '../api/requests.ts'
import { changesSomething, headersToRepeat, whyNotAgain } from './replay.ts'

const JSON_TYPE = ['Content-Type', 'application/json']
const body = (text: string | null, isCut = false) => ({ bytes: 10, text, isCut })
const call = (request: unknown, more: object = {}) =>
  parseDetail({ method: 'POST', target: '/v1.51/volumes/create', phase: 'done', status: 201, request, ...more })

test('what is whole can be sent again, with the headers that say what is asked', () => {
  const whole = call({ headers: [['Host', 'api'], JSON_TYPE, ['Cookie', '(hidden)'], ['User-Agent', 'x']], body: body('{"Name":"a"}') })
  expect(whyNotAgain(whole)).toBe('')
  expect(headersToRepeat(whole)).toEqual([JSON_TYPE])
  expect(whyNotAgain(call({ headers: [] }, { method: 'GET', target: '/_ping' }))).toBe('')
})

test.each([
  ['not recorded', call(undefined)],
  ['took the connection over', call({ headers: [] }, { status: 101 })],
  ['took the connection over', call({ headers: [['Upgrade', 'tcp']] }, { status: 409 })],
  ['still goes on', call({ headers: [] }, { phase: 'open' })],
  ['no text', call({ headers: [], body: body(null) })],
  ['Only the beginning', call({ headers: [], body: body('{"Na', true) })],
  ['Only the beginning', call({ headers: [] }, { target: `/containers/${'x'.repeat(5000)}` })],
  ['A secret', call({ headers: [], body: body('{"Env":["DB_PASSWORD=(hidden)"]}') })],
  ['A secret', call({ headers: [['X-Registry-Auth', '(hidden)']] }, { target: '/images/create?fromImage=x' })],
  ['A secret', call({ headers: [] }, { target: '/build?buildargs=(hidden)' })],
])('refused: %s', (why, detail) => {
  expect(whyNotAgain(detail)).toContain(why)
})

test('only what reads is sent without asking', () => {
  expect(['GET', 'HEAD', 'POST', 'PUT', 'DELETE'].filter((method) => changesSomething({ method }))).toEqual(['POST', 'PUT', 'DELETE'])
})
