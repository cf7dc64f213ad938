import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import type { AppSettings, UpdateStatus } from '../ipc/contract.ts'
import { feedFile, fetchNews, NEWS_FILE } from './feed.ts'
import { type Fetch, fetchFile } from './fetch-file.ts'
import { filesFor, type Installation, installCommand, upgradeCommand } from './installation.ts'
import type { Installer } from './installer.ts'
import { type ReleaseNews, readReleaseNews } from './release-news.ts'
import { isInStage } from './staging.ts'
import { readUpdateNotes, writeUpdateNotes } from './update-notes.ts'
import { isNewer } from './version-order.ts'

export interface UpdatesParts {
  readonly installedVersion: string
  /** As Node calls it. */
  readonly arch: string
  readonly installation: Installation
  /** Whether the system's own tools bring new packages. */
  readonly isOfRepository: (format: 'deb' | 'rpm') => Promise<boolean>
  /** What installs a release that has come, where something can. */
  readonly installer?: Installer | undefined
  /** What is remembered, and where packages go. */
  readonly notesPath: string
  readonly folder: string
  readonly fetch: Fetch
  readonly choice: () => Pick<AppSettings, 'updates' | 'updateFeed'>
  /** The file in which an administrator chose, whether, and where. */
  readonly locks: { readonly choice?: string | undefined; readonly feed?: string | undefined }
  readonly changed: (status: UpdateStatus) => void
  /** There is a version that a person has not been told of. */
  readonly tell: (version: string) => void
}

const DAY_MS = 24 * 60 * 60_000
/** A server that sends and sends does not hold a window for ever. */
const LONGEST_FETCH_MS = 2 * 60 * 60_000

type Told = Omit<UpdateStatus, 'installedVersion' | 'lockedBy' | 'feedLockedBy'>

/**
 * Looks for a newer version of the window, where a person wants it, and has it fetched, where they want that. It installs nothing
 * that nobody has asked it to.
 * While it is off, nothing of it asks anybody anything.
 */
export class Updates {
  readonly #parts: UpdatesParts
  #told: Told = { state: 'off' }
  #news: { readonly words: string; readonly of: ReleaseNews } | undefined
  /** What took this window's place on the disk while it ran. */
  #installed: string | undefined
  /** What runs now, and what calls it off. */
  #work: { readonly off: AbortController; readonly done: Promise<void> } | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #followed = ''

  constructor(parts: UpdatesParts) {
    this.#parts = parts
  }

  get status(): UpdateStatus {
    const { installedVersion, locks } = this.#parts
    return { ...this.#told, installedVersion, ...(locks.choice && { lockedBy: locks.choice }), ...(locks.feed && { feedLockedBy: locks.feed }) }
  }

  /** What a person may want to hear of: not what goes to others first. */
  get newerVersion(): string | undefined {
    return this.#told.state === 'waiting' || this.#told.state === 'installed' ? undefined : this.#told.version
  }

  /** What was chosen may be another: begins to look, once a day, or ends at once. */
  follow(): void {
    const { updates, updateFeed } = this.#parts.choice()
    const chosen = `${updates} ${updateFeed}`
    if (chosen === this.#followed) return
    this.#followed = chosen
    this.close()
    const reason = this.#reasonNotTo()
    this.#tell(reason ?? { state: 'looking' })
    if (reason) return
    this.#timer = setInterval(() => void this.look(), DAY_MS).unref()
    void this.look()
  }

  /** Asks now, where it may. @returns what came of it */
  async look(): Promise<UpdateStatus> {
    if (!this.#reasonNotTo()) await this.#one((off) => this.#look(off))
    return this.status
  }

  /** Has the files of the version that is there. @returns what came of it */
  async fetch(): Promise<UpdateStatus> {
    const { format } = this.#parts.installation
    if (this.#told.canFetch && format && this.#news) {
      const news = this.#news
      await this.#one((off) => this.#fetch(news, format, off))
    }
    return this.status
  }

  /** Has what was fetched installed, once this computer's administrator has allowed it. @returns what came of it */
  async install(): Promise<UpdateStatus> {
    const { installer, folder } = this.#parts
    const fetched = this.#told
    const { version } = fetched
    if (fetched.canInstall && installer && version !== undefined)
      await this.#one((off) => this.#install(fetched, version, installer(join(folder, version)), off))
    return this.status
  }

  close(): void {
    clearInterval(this.#timer)
    this.#work?.off.abort()
  }

  #reasonNotTo(): Told | undefined {
    const { updates, updateFeed } = this.#parts.choice()
    if (updates === 'off') return { state: 'off' }
    if (!this.#parts.installation.key) return { state: 'no-key' }
    return updateFeed === '' ? { state: 'no-address' } : undefined
  }

  /** One at a time; whoever asks meanwhile waits for the same. What was called off ends first. */
  async #one(work: (off: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#work && !this.#work.off.signal.aborted) return this.#work.done
    const off = new AbortController()
    const former = this.#work?.done
    const before = this.#told
    const done = (async () => {
      try {
        await former
        if (!off.signal.aborted) await work(off.signal)
      } catch (error) {
        this.#tell({ ...before, state: 'failed', detail: messageOf(error), lookedAtMs: Date.now() }, off.signal)
      }
    })()
    this.#work = { off, done }
    await done
    if (this.#work.done === done) this.#work = undefined
  }

  async #look(off: AbortSignal): Promise<void> {
    const { installedVersion, installation, arch, notesPath, folder, choice, isOfRepository } = this.#parts
    const { updates, updateFeed } = choice()
    this.#tell({ state: 'looking' }, off)
    const { key, format, hasVm } = installation
    const address = feedFile(updateFeed, arch)
    const text = await fetchNews(address, this.#parts.fetch, off)
    if (!key || off.aborted) return
    const notes = readUpdateNotes(notesPath)
    const news = readReleaseNews(text, { key, nowMs: Date.now(), newestSignedAt: notes.newestSignedAt[address] })
    writeUpdateNotes(notesPath, { ...notes, newestSignedAt: { ...notes.newestSignedAt, [address]: news.signedAt } })
    const { version, releaseNotes } = news
    const lookedAtMs = Date.now()
    this.#news = { words: text, of: news }
    if (version === this.#installed) return this.#tell({ state: 'installed', version, lookedAtMs }, off)
    if (!isNewer(version, installedVersion)) {
      await rm(folder, { recursive: true, force: true })
      return this.#tell({ state: 'current', lookedAtMs }, off)
    }
    if (!isInStage(notes.installationId, news.stagingPercentage)) return this.#tell({ state: 'waiting', version, lookedAtMs }, off)
    const isOthers = format !== undefined && (await isOfRepository(format))
    if (off.aborted) return
    const canFetch = format !== undefined && !isOthers && filesFor(installation, arch, news.files).length > 0
    const command = format !== undefined && isOthers ? upgradeCommand(format, hasVm) : undefined
    this.#tell({ state: 'offered', version, lookedAtMs, canFetch, ...(releaseNotes && { notes: releaseNotes }), ...(command && { command }) }, off)
    this.#tellOnce(version)
    if (updates === 'download' && canFetch) await this.#fetch(this.#news, format, off)
  }

  async #fetch(
    { words, of: { version, files } }: { readonly words: string; readonly of: ReleaseNews },
    format: 'deb' | 'rpm',
    off: AbortSignal,
  ): Promise<void> {
    const { folder, fetch, choice, arch, installation } = this.#parts
    const wanted = filesFor(installation, arch, files)
    const offered = this.#told
    const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0)
    const into = join(folder, version)
    await this.#forgetOthers(version)
    const signal = AbortSignal.any([off, AbortSignal.timeout(LONGEST_FETCH_MS)])
    const base = feedFile(choice().updateFeed, arch)
    let before = 0
    for (const file of wanted) {
      const onBytes = (bytes: number) => {
        const percent = Math.floor((100 * (before + bytes)) / totalBytes)
        if (percent !== this.#told.percent) this.#tell({ ...offered, state: 'fetching', canFetch: false, percent, totalBytes }, off)
      }
      await fetchFile(base, file, into, { fetch, signal, onBytes })
      before += file.size
    }
    const names = wanted.map(({ url }) => url)
    const canInstall = this.#parts.installer !== undefined
    if (canInstall) await writeFile(join(into, NEWS_FILE), words)
    this.#tell({ ...offered, state: 'fetched', canFetch: false, canInstall, command: installCommand(format, into, names) }, off)
  }

  /** It is not called off half-way: a package manager's work ends as it does. */
  async #install({ detail: _, ...fetched }: Told, version: string, work: Promise<string | undefined>, off: AbortSignal): Promise<void> {
    const { command: _command, ...installing } = fetched
    this.#tell({ ...installing, state: 'installing', canInstall: false }, off)
    const why = await work
    if (why === undefined) this.#installed = version
    this.#tell(why === undefined ? { state: 'installed', version } : { ...fetched, ...(why !== '' && { detail: why }) }, off)
  }

  /** What was fetched of versions before takes room for nothing. */
  async #forgetOthers(version: string): Promise<void> {
    const { folder } = this.#parts
    const there = await readdir(folder).catch(() => []) // Nothing has been fetched yet.
    for (const name of there) if (name !== version) await rm(join(folder, name), { recursive: true, force: true })
  }

  #tellOnce(version: string): void {
    const { notesPath, tell } = this.#parts
    const notes = readUpdateNotes(notesPath)
    if (notes.toldOf === version) return
    writeUpdateNotes(notesPath, { ...notes, toldOf: version })
    tell(version)
  }

  /** @param off of who tells it: what was called off says nothing any more */
  #tell(told: Told, off?: AbortSignal): void {
    if (off?.aborted) return
    this.#told = told
    this.#parts.changed(this.status)
  }
}
