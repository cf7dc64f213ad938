import { describe, expect, it } from 'vitest'
import { matches, mergedPath, mergedTarget } from './merged-usr.ts'

describe('a system whose /bin, /lib and /sbin are in /usr', () => {
  it.each([
    ['bin/ip', 'usr/bin/ip'],
    ['lib64/ld-linux-x86-64.so.2', 'usr/lib64/ld-linux-x86-64.so.2'],
    ['usr/bin/nft', 'usr/bin/nft'],
    ['binary', 'binary'],
  ])('has %s at %s', (path, merged) => expect(mergedPath(path)).toBe(merged))

  it.each([
    ['sbin/ip', '/bin/ip', '/usr/bin/ip'],
    ['lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld.so', '/usr/lib/x86_64-linux-gnu/ld.so'],
    ['usr/lib/x86_64-linux-gnu/libz.so.1', 'libz.so.1.2.13', '/usr/lib/x86_64-linux-gnu/libz.so.1.2.13'],
    ['usr/lib/x86_64-linux-gnu/liblzma.so.5', '../../../lib/x86_64-linux-gnu/liblzma.so.5.4', '/usr/lib/x86_64-linux-gnu/liblzma.so.5.4'],
    ['sbin/modprobe', '../bin/kmod', '/usr/bin/kmod'],
  ])('has the link %s → %s lead to %s', (from, target, merged) => expect(mergedTarget(from, target)).toBe(merged))
})

describe('a pattern of the recipe', () => {
  it.each([
    ['usr/bin/ip', 'usr/bin/ip', true],
    ['usr/bin/ip', 'usr/bin/ipx', false],
    ['usr/lib/*.so*', 'usr/lib/libz.so.1.2', true],
    ['usr/lib/*.so*', 'usr/lib/gconv/libz.so', false],
    ['usr/lib/libstdc++.so*', 'usr/lib/libstdc++.so.6', true],
    ['usr/lib/libstdc++.so*', 'usr/lib/libstdccc.so.6', false],
    ['usr/share/mozilla/', 'usr/share/mozilla/a.crt', true],
    ['usr/share/mozilla/', 'usr/share/mozilla/old/a.crt', false],
  ])('%s and %s: %s', (pattern, path, isMatch) => expect(matches(pattern, path)).toBe(isMatch))
})
