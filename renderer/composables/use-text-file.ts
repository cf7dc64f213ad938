import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { type FileOwner, type FileRow, type Listing, listFiles, putArchive, readFile } from '../api/files.ts'
import { tarOf } from '../files/tar.ts'
import { MAX_EDIT_BYTES, readTextFile, type TextFile, writeTextFile } from '../files/text-file.ts'
import { lastName, parentPath } from '../text/file-words.ts'

/** `text`: it is shown, and perhaps edited; the others say why not. */
export type Readability = 'reading' | 'text' | 'binary' | 'large' | 'special' | 'failed'

/** A file that is read, edited and saved. Ends with its scope. */
export function useTextFile(owner: FileOwner, { path, self }: Listing) {
  const state = ref<Readability>('reading')
  const text = ref('')
  const failure = ref('')
  /** Somebody else has changed it since it was read. */
  const isOvertaken = ref(false)
  const isSaving = ref(false)
  const saved = shallowRef<TextFile>({ text: '', lineEnd: '\n' })
  let facts: FileRow = self
  const abort = new AbortController()

  const canEdit = computed(() => state.value === 'text' && !self.isReadOnly && !self.isMount)
  const isChanged = computed(() => state.value === 'text' && text.value !== saved.value.text)

  async function read(): Promise<void> {
    isOvertaken.value = false
    await attempt(async () => {
      facts = (await listFiles(owner, path, abort.signal)).self
      if (facts.kind !== 'file' || facts.sizeBytes > MAX_EDIT_BYTES) {
        state.value = facts.kind === 'file' ? 'large' : 'special'
        return
      }
      const found = readTextFile(await readFile(owner, path, abort.signal))
      state.value = found ? 'text' : 'binary'
      if (found) saved.value = found
      text.value = found?.text ?? ''
    })
    if (failure.value !== '' && state.value === 'reading') state.value = 'failed'
  }

  /** Writes it in place of the one that is there, with its mode and owner. @param isForced also when that is not the one that was read */
  async function save(isForced = false): Promise<void> {
    if (!canEdit.value || isSaving.value) return
    isSaving.value = true
    await attempt(async () => {
      const now = (await listFiles(owner, path, abort.signal)).self
      isOvertaken.value = !isForced && (now.modifiedAtMs !== facts.modifiedAtMs || now.sizeBytes !== facts.sizeBytes)
      if (isOvertaken.value) return
      const written = { text: text.value, lineEnd: saved.value.lineEnd }
      const { mode, uid, gid } = now
      await putArchive(owner, parentPath(path), tarOf([{ path: lastName(path), mode, uid, gid, modifiedAtMs: Date.now(), content: writeTextFile(written) }]))
      saved.value = written
      facts = (await listFiles(owner, path, abort.signal)).self
    })
    isSaving.value = false
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    failure.value = ''
    try {
      await work()
    } catch (error) {
      if (!abort.signal.aborted) failure.value = messageOf(error)
    }
  }

  void read()
  onScopeDispose(() => abort.abort())

  return { state, text, failure, isOvertaken, isSaving, canEdit, isChanged, read, save }
}
