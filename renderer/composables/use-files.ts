import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { type FileOwner, type FileRow, type Listing, listFiles, makeFolder, moveFile, putArchive, removeFile } from '../api/files.ts'
import type { Picked } from '../files/picked.ts'
import { tarOf } from '../files/tar.ts'
import { joinPath, pathFrom, sortFiles } from '../text/file-words.ts'
import { say } from '../text/say.ts'
import { useRecovery } from './use-recovery.ts'

/** A walk through the files of a container or a volume. Ends with its scope. */
export function useFiles(owner: FileOwner) {
  /** The folder that is shown. */
  const folder = shallowRef<Listing | undefined>()
  /** The file in it that is looked at. */
  const opened = shallowRef<Listing | undefined>()
  const failure = ref({ title: '', message: '' })
  const isBusy = ref(false)
  let abort = new AbortController()
  /** Where to, when nothing but the way there has failed. */
  const lost = ref('')

  const path = computed(() => folder.value?.path ?? '/')
  const rows = computed(() => sortFiles(folder.value?.entries ?? []))

  /** Goes to a folder, or opens a file; links are followed. */
  async function go(to: string): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    const isThere = await act(say('{path} cannot be opened', { path: to }), async () => {
      const listing = await listFiles(owner, to, signal)
      if (listing.entries) folder.value = listing
      opened.value = listing.entries ? undefined : listing
    })
    if (!signal.aborted) lost.value = isThere ? '' : to
  }

  const look = () => go(path.value)

  /** Puts what a person gave into the folder that is shown. It belongs to whom the folder belongs to. */
  async function upload(picked: readonly Picked[]): Promise<void> {
    const { uid = 0, gid = 0 } = folder.value?.self ?? {}
    const files = picked.map(({ path: name, file }) => ({
      path: name,
      mode: file ? 0o644 : 0o755,
      uid,
      gid,
      modifiedAtMs: file?.lastModified ?? Date.now(),
      content: file,
    }))
    await change(say('It could not be put here'), () => putArchive(owner, path.value, tarOf(files)))
  }

  const remove = ({ name }: FileRow) => change(say('{name} is still there', { name }), () => removeFile(owner, joinPath(path.value, name)))

  const addFolder = (name: string) => change(say('{name} could not be made', { name }), () => makeFolder(owner, pathFrom(path.value, name)))

  /** @param to a name, or a path: from here, or with a `/` at its start from the top */
  const move = ({ name }: FileRow, to: string) =>
    change(say('{name} stays where it is', { name }), () => moveFile(owner, joinPath(path.value, name), pathFrom(path.value, to)))

  async function change(title: string, work: () => Promise<void>): Promise<void> {
    lost.value = ''
    if (await act(title, work)) await look()
  }

  /** @returns whether it went well */
  async function act(title: string, work: () => Promise<void>): Promise<boolean> {
    const { signal } = abort
    isBusy.value = true
    try {
      await work()
      if (!signal.aborted) failure.value = { title, message: '' }
      return true
    } catch (error) {
      if (!signal.aborted) failure.value = { title, message: messageOf(error) }
      return false
    } finally {
      // Another walk has begun, and goes on.
      if (!signal.aborted) isBusy.value = false
    }
  }

  void go('/')
  useRecovery(
    computed(() => (lost.value === '' ? '' : failure.value.message)),
    () => go(lost.value),
  )
  onScopeDispose(() => abort.abort())

  return { folder, opened, path, rows, failure, isBusy, go, look, upload, remove, addFolder, move, close: look }
}
