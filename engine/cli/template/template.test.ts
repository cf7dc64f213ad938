import { describe, expect, it } from 'vitest'
import { Template } from './template.ts'

const DATA = {
  Name: 'Web',
  Count: 2,
  On: true,
  Off: false,
  Nothing: null,
  Labels: { b: '2', a: '1' },
  List: ['x', 'y'],
  Deep: { State: { Status: 'running' } },
  Twice: (text: string) => text + text,
}
const render = (template: string) => new Template(template).render(DATA)

describe('a Go template', () => {
  it.each([
    ['plain', 'plain'],
    ['{{.Name}} {{.Deep.State.Status}}', 'Web running'],
    ['{{ .Count }}{{.On}}{{.Nothing}}', '2true<nil>'],
    ['{{.List}} {{.Labels}}', '[x y] map[a:1 b:2]'],
    ['a {{- .Name -}} \n b', 'aWebb'],
    ['{{/* nothing */}}x{{- /* nor here */ -}} y', 'xy'],
    ['{{json .Labels}} {{json .Name}}', '{"b":"2","a":"1"} "Web"'],
    ['{{range .List}}<{{.}}>{{end}}', '<x><y>'],
    ['{{range $i, $e := .List}}{{$i}}{{$e}}{{$.Count}};{{end}}', '0x2;1y2;'],
    ['{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}', 'a=1 b=2 '],
    ['{{range .Nothing}}x{{else}}none{{end}}', 'none'],
    ['{{if .On}}yes{{else}}no{{end}}{{if .Off}}yes{{else}}no{{end}}', 'yesno'],
    ['{{if eq .Name "a"}}1{{else if eq .Name "b" "Web"}}2{{else}}3{{end}}', '2'],
    ['{{with .Deep}}{{.State.Status}}{{end}}{{with .Off}}x{{else}}{{.Name}}{{end}}', 'runningWeb'],
    ['{{upper .Name | printf "%-6s|%d"}}', 'WEB   |'],
    ['{{join .List ","}} {{index .List 1}} {{index .Labels "b"}}{{index .Labels "none"}} {{len .List}}', 'x,y y 2 2'],
    ['{{(index .List 0) | .Twice}} {{.Twice "ab"}} {{`raw "text"`}}', 'xx abab raw "text"'],
    ['{{and .On .Name}} {{or .Off .Count}} {{not .On}} {{and .Off .Name}}', 'Web 2 false false'],
    ['{{$x := .Name}}{{$x}}{{truncate $x 2}}{{title "a b"}}', 'WebWeA B'],
    ['{{split "a-b" "-"}} {{println .Name}}', '[a b] Web\n'],
    ['{{gt .Count 1}} {{slice .Name 1}}', 'true eb'],
  ])('%j', (template, text) => expect(render(template)).toBe(text))

  it.each([
    ['{{.Name', 'template: :1: unclosed action'],
    ['\n{{range .List}}', 'template: :2: unexpected EOF'],
    ['{{nope .Name}}', 'template: :1: function "nope" not defined'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['{{(.Name}}', 'template: :1: unclosed left paren'],
    ['{{}}x{{.Name | }}', 'template: :1: missing value for command'],
  ])('refuses %j', (template, message) => expect(() => new Template(template)).toThrow(message))

  it.each([
    ['{{.Nope}}', 'template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'],
    ['{{.Nothing.x}}', 'template: :1:2: executing "" at <.Nothing.x>: nil data; no entry for key "x"'],
    ['{{.Name.x}}', `template: :1:2: executing "" at <.Name.x>: can't evaluate field x in type string`],
    ['{{lt .Name 1}}', 'template: :1:2: executing "" at <lt>: error calling lt: incompatible types for comparison'],
  ])('fails at %j', (template, message) => expect(() => render(template)).toThrow(message))
})
