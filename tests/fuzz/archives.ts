import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

type Entry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer }

const DOCKERFILES: readonly string[] = [
  'FROM scratch\nCOPY a /a\n',
  'FROM busybox\nENV A=1\nLABEL b=c\n',
  'FROM busybox AS one\nFROM one\nCOPY --from=one /etc/passwd /x\n',
  'FROM busybox\nCOPY ../../outside /x\n',
  'FROM busybox\nCOPY --from=9 / /x\n',
  'FROM busybox\nWORKDIR \0\n',
  'FROM busybox\nCOPY nosuch* /x\n',
  'FROM busybox\nADD http://127.0.0.1:1/x /x\n',
  'FROM 127.0.0.1:1/x\n',
  'FROM UPPER\n',
  'FROM\n',
  'ARG A=busybox\nFROM $A\nEXPOSE ${B:-99999}\n',
  'FROM busybox\nHEALTHCHECK --interval=1x CMD x\n',
  'FROM busybox\nUSER \ud800\n',
  '# escape=`\nFROM busybox\nENV a="`"\n',
  '',
  '\ufeffFROM scratch\n',
  'FROM busybox\nENTRYPOINT ["a",\n',
  'RUN true\n',
]

/** What is sent where an archive is due: for builds, copies, loads and imports. None of them leads out of a folder but on purpose. */
export async function fuzzArchives(): Promise<Buffer[]> {
  const contexts = await Promise.all(
    DOCKERFILES.map((text) =>
      tar([
        { name: 'Dockerfile', content: text },
        { name: 'a', content: 'a' },
        { name: 'link', type: 'symlink', linkname: '../../outside/canary' },
      ]),
    ),
  )
  const [context = Buffer.alloc(0)] = contexts
  const wicked = await Promise.all([
    tar([{ name: '../../outside/canary', content: 'spoilt' }]),
    tar([{ name: '../../../outside/canary', content: 'spoilt' }]),
    tar([
      { name: 'out', type: 'symlink', linkname: '../../outside' },
      { name: 'out/canary', content: 'spoilt' },
    ]),
    tar([{ name: 'hard', type: 'link', linkname: '../../outside/canary' }]),
    tar([
      { name: 'file', content: 'x' },
      { name: 'file/below', content: 'x' },
    ]),
    tar([
      { name: 'folder/', type: 'directory' },
      { name: 'folder', content: 'x' },
    ]),
    tar([{ name: 'fifo', type: 'fifo' }]),
    tar([{ name: `${'d/'.repeat(120)}x`, content: 'deep' }]),
    tar([{ name: 'n'.repeat(250), content: 'long' }]),
    tar([
      { name: '.wh.a', content: '' },
      { name: '.wh..wh..opq', content: '' },
    ]),
    tar([{ name: 'manifest.json', content: '[]' }]),
    tar([{ name: 'manifest.json', content: '{' }]),
    tar([{ name: 'manifest.json', content: '[{"Config":"../../outside/canary","RepoTags":["fuzz/a"],"Layers":["../../outside/canary"]}]' }]),
    tar([
      { name: 'manifest.json', content: '[{"Config":"c.json","RepoTags":["a b",null],"Layers":["l.tar"]}]' },
      { name: 'c.json', content: '{"rootfs":{"type":"layers","diff_ids":["sha256:x"]}}' },
      { name: 'l.tar', content: 'x' },
    ]),
    tar([
      { name: 'index.json', content: '{"manifests":[{"digest":"sha256:../../x","mediaType":1}]}' },
      { name: 'oci-layout', content: '{}' },
    ]),
  ])
  const flipped = Buffer.from(context)
  flipped.writeUInt8(flipped.readUInt8(100) ^ 0xff, 100)
  const broken = [
    Buffer.alloc(0),
    Buffer.from('no archive at all'),
    Buffer.alloc(1024),
    Buffer.alloc(10_240, 0xff),
    context.subarray(0, 700),
    context.subarray(0, 512),
    flipped,
    gzipSync(context),
    gzipSync(context).subarray(0, 40),
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]),
    Buffer.from('BZh91AY&SY'),
    Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]),
  ]
  return [...contexts, ...wicked, ...broken]
}

function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack()
  for (const { content, ...header } of entries) archive.entry({ mtime: new Date(0), ...header }, content ?? '')
  archive.finalize()
  return buffer(archive)
}
