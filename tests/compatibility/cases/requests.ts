import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const A_MISTAKE = 'a mistake of the client, as for docker 28'
const AN_EMPTY_BODY = 'an empty body says nothing, as to docker 28'

/** What each of two engines answers to a body, as it goes over the wire. */
function body(subject: string, name: string, path: string, text: string, headers: Record<string, string>, differs?: string): Case {
  return { subject, name, ask: (engine) => answered(engine, 'POST', path, text, headers), ...(differs ? { differs } : {}) }
}

/** Status and message; the bodies of successes are for others to look at. */
async function answered(engine: Engine, method: string, path: string, text?: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, body: answer } = await engine.request(method, path, text, headers)
  if (status < 400) return `${status}`
  const [, message = answer.trim()] = /^\{"message":"(.*)"\}\n$/.exec(answer) ?? []
  return `${status} ${message.replaceAll('\\"', '"').replace(/\b[0-9a-f]{64}\b/g, 'ID')}`
}

const path = (subject: string, name: string, method: string, target: string, differs?: string): Case => ({
  subject,
  name,
  ask: (engine) => answered(engine, method, target),
  ...(differs ? { differs } : {}),
})

/** In a form instead of in the query. @see Go's net/http, Request.ParseForm */
async function renamedByForm(engine: Engine): Promise<string> {
  await engine.create('form-before')
  const renamed = await answered(engine, 'POST', '/containers/form-before/rename', 'name=form-after', { 'content-type': 'application/x-www-form-urlencoded' })
  await engine.remove('form-after')
  return renamed
}

export const requests: Chapter = {
  title: 'Requests as such: paths, bodies, types',
  cases: [
    path('HEAD /info', 'of what is only to be had with GET', 'HEAD', '/info'),
    path('GET /info/', 'a slash at the end', 'GET', '/info/'),
    path('GET /networks/', 'a slash at the end, where there is a list', 'GET', '/networks/'),
    path('GET /containers/json/x', 'more behind the path', 'GET', '/containers/json/x'),
    path('GET //info', 'a slash too many', 'GET', '/v1.41//info', 'answered at once, without the way round that dockerd sends clients'),
    path(
      'GET /v1.41/containers/../info',
      'a path that goes up',
      'GET',
      '/v1.41/containers/../info',
      'answered at once, without the way round that dockerd sends clients',
    ),
    path('OPTIONS /nosuch', 'whatever the path', 'OPTIONS', '/nosuch'),
    path('GET /v1.11/info', 'a version that is too old', 'GET', '/v1.11/info', 'versions before 1.24 are no longer spoken, as by docker 28'),
    path('GET /v1.20/info', 'a version that docker 28 no longer speaks', 'GET', '/v1.20/info', 'versions before 1.24 are no longer spoken, as by docker 28'),
    path('GET /v1.24/info', 'the oldest version', 'GET', '/v1.24/info'),
    path('GET /v1.x/info', 'a version that is none', 'GET', '/v1.x/info'),
    body('POST /containers/create', 'null', '/containers/create', 'null', JSON_TYPE, NEWER_WORDS),
    body('POST /containers/create', 'another type', '/containers/create', '{}', { 'content-type': 'text/plain' }, NEWER_WORDS),
    body('POST /containers/create', 'no type', '/containers/create', '{}', {}, NEWER_WORDS),
    body('POST /containers/create', 'a type that is none', '/containers/create', '{}', { 'content-type': 'application/json;;' }, NEWER_WORDS),
    body('POST /containers/create', 'a type and its parameter', '/containers/create', '{"Image":"nosuch"}', {
      'content-type': 'application/json; charset=utf-8',
    }),
    body('POST /containers/create', 'a field that nobody knows', '/containers/create', '{"Image":"nosuch","Nosuch":{"x":[1]}}', JSON_TYPE),
    body('POST /containers/create', 'more behind the body', '/containers/create', '{"Image":"nosuch"} {}', JSON_TYPE, 'refused as a mistake, as by docker 28'),
    body('POST /networks/create', 'no body', '/networks/create', '', {}, AN_EMPTY_BODY),
    body('POST /networks/create', 'null', '/networks/create', 'null', JSON_TYPE, NEWER_WORDS),
    body('POST /networks/{id}/connect', 'no body', '/networks/bridge/connect', '', {}, AN_EMPTY_BODY),
    body('POST /networks/{id}/connect', 'null', '/networks/bridge/connect', 'null', JSON_TYPE),
    body('POST /networks/{id}/disconnect', 'null', '/networks/bridge/disconnect', 'null', JSON_TYPE),
    body('POST /networks/{id}/disconnect', 'a type, and no body', '/networks/bridge/disconnect', '', { 'content-type': 'text/plain' }, NEWER_WORDS),
    body('POST /networks/prune', 'a body that nobody reads', '/networks/prune', '{"a"', { 'content-type': 'text/plain' }),
    body('POST /volumes/create', 'a list', '/volumes/create', '[]', JSON_TYPE, NEWER_WORDS),
    body('POST /containers/{id}/exec', 'no body', '/containers/nosuch/exec', '', {}, AN_EMPTY_BODY),
    body('POST /containers/{id}/exec', 'null', '/containers/nosuch/exec', 'null', JSON_TYPE),
    body('POST /exec/{id}/start', 'no body', '/exec/nosuch/start', '', {}, AN_EMPTY_BODY),
    body('POST /exec/{id}/start', 'another type', '/exec/nosuch/start', '{}', { 'content-type': 'text/plain' }, NEWER_WORDS),
    body('POST /containers/{id}/update', 'no body', '/containers/nosuch/update', '', {}, AN_EMPTY_BODY),
    body('POST /containers/{id}/update', 'a string for a number', '/containers/nosuch/update', '{"CpuShares":"5"}', JSON_TYPE, A_MISTAKE),
    body('POST /containers/{id}/start', 'a body', '/containers/nosuch/start', '{"Binds":[]}', JSON_TYPE),
    body('POST /containers/{id}/start', 'a body of nothing', '/containers/nosuch/start', '{}', JSON_TYPE),
    body('POST /containers/{id}/kill', 'of one that is not there', '/containers/nosuch/kill', '', {}, NEWER_WORDS),
    body('POST /containers/{id}/kill?signal=99', 'a number that is no signal', '/containers/nosuch/kill?signal=99', '', {}, A_MISTAKE),
    body('POST /containers/{id}/rename', 'without a name', '/containers/nosuch/rename', '', {}),
    body('POST /commit', 'another type', '/commit?container=nosuch', '{}', { 'content-type': 'text/plain' }, NEWER_WORDS),
    { subject: 'POST /containers/{id}/rename', name: 'the name in a form', ask: renamedByForm },
    path('GET /containers/json?filters=', 'a list', 'GET', '/containers/json?filters=[]', A_MISTAKE),
    path('GET /containers/json?filters=', 'no JSON', 'GET', '/containers/json?filters={', A_MISTAKE),
    path('GET /containers/json?filters=', 'null', 'GET', '/containers/json?filters={"label":null}'),
    path('GET /plugins?filters=', 'one that is none', 'GET', '/plugins?filters={"nosuch":["x"]}', NEWER_WORDS),
    body('POST /build/prune?filters=', 'one that is none', '/build/prune?filters={"nosuch":["x"]}', '', {}, NEWER_WORDS),
    path('GET /containers/json?limit=', 'no number', 'GET', '/containers/json?limit=abc'),
    path('GET /containers/json?since=', 'which only a filter can say', 'GET', '/containers/json?since=nosuch'),
    path('GET /containers/json?all=', 'anything is true', 'GET', '/containers/json?all=banana'),
  ],
}
