import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { run } from './run.ts'

/** A repository, which {@link GitRepository.serve} has on the web as `/x.git`: as plain files, which git takes. */
export class GitRepository implements AsyncDisposable {
  readonly folder: string
  /** What `Authorization` must say; nobody is asked without. */
  authorization: string | undefined

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<GitRepository> {
    const repository = new GitRepository(await mkdtemp('/tmp/er-git-'))
    await repository.git('init', '-q', '-b', 'main', '.')
    return repository
  }

  /** Writes files, and commits them. @param tag a name for the commit */
  async commit(files: Readonly<Record<string, string>>, tag?: string): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true })
      await writeFile(join(this.folder, path), text)
    }
    await this.git('add', '.')
    await this.git('commit', '-qm', 'changed')
    if (tag !== undefined) await this.git('tag', tag)
    await this.git('update-server-info')
  }

  async git(...args: string[]): Promise<void> {
    expect(await run('git', ['-c', 'user.name=me', '-c', 'user.email=me@localhost', ...args], { cwd: this.folder })).toMatchObject({ code: 0 })
  }

  readonly serve: RequestListener = async (request, response) => {
    if (this.authorization !== undefined && request.headers.authorization !== this.authorization) return void response.writeHead(401).end()
    const path = new URL(request.url ?? '', 'http://x').pathname.replace('/x.git/', '/.git/')
    const content = await readFile(join(this.folder, path)).catch(() => undefined)
    response.writeHead(content ? 200 : 404).end(content)
  };

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true })
  }
}
