import { describe, expect, it } from 'vitest'
import { manualPages } from './pages.ts'
import { plain } from './roff.ts'

const pages = await manualPages({ date: '2026-11-28', version: '1.2.3' })

describe('the manual', () => {
  it('has a page for the program, the daemon, each command and each group', () => {
    const names = [...pages.keys()]
    expect(names).toEqual(
      expect.arrayContaining(['engineroom.1', 'engineroom-daemon.8', 'engineroom-run.1', 'engineroom-network-ls.1', 'engineroom-network.1']),
    )
    expect(names.filter((name) => /-(list|remove)[.]/.test(name))).toEqual([])
  })

  it('says of a command what its --help says', () => {
    const page = pages.get('engineroom-ps.1')
    expect(page).toContain('.TH ENGINEROOM\\-PS 1 2026-11-28 "Engineroom 1.2.3" Engineroom\n.SH NAME\nengineroom\\-ps \\- List containers\n')
    expect(page).toContain('.TP\n\\fB\\-n\\fR, \\fB\\-\\-last\\fR \\fIint\\fR\nShow n last created containers')
    expect(page).toContain('.SH "OTHER NAMES"\n\\fBengineroom container ls\\fR')
  })

  it('has no flag that --help hides', () => {
    expect(pages.get('engineroom-run.1')).not.toContain('\\-\\-net\\fR')
    expect(pages.get('engineroom-daemon.8')).not.toContain('leave\\-host')
  })

  it('a flag whose value may be left out is shown so', () => {
    expect(pages.get('engineroom-daemon.8')).toContain('\\fB\\-\\-tlsverify\\fR[=\\fIbool\\fR]')
  })

  it.each([...pages])('%s: no line is taken for a request by chance', (_, page) => {
    for (const line of page.split('\n')) expect(line).toMatch(/^(\.(TH|SH|TP|PP)|[^.'])|^$/)
  })
})

describe('text for man', () => {
  it.each([
    ['.dockerignore\n.x', '\\&.dockerignore\n\\&.x'],
    ["it's C:\\x", 'it\\(aqs C:\\ex'],
    ['--a ~/b ^c `d`', '\\-\\-a \\(ti/b \\(hac \\(gad\\(ga'],
  ])('%j is plain', (text, expected) => {
    expect(plain(text)).toBe(expected)
  })
})
