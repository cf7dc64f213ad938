import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import '../styles/tokens.css'
import '../styles/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { useContainers } from '../stores/containers.ts'
import GalleryPage from './GalleryPage.vue'

const app = createApp(GalleryPage).use(createPinia())
await useContainers().load(new AbortController().signal)
app.mount('#window')
