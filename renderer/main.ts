import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { useContainers } from './stores/containers.ts'
import { useEngine } from './stores/engine.ts'
import { useImages } from './stores/images.ts'
import { useNetworks } from './stores/networks.ts'
import { useVolumes } from './stores/volumes.ts'

const app = createApp(App).use(createPinia())
app.mount('#window')
void useEngine().follow([useContainers(), useImages(), useNetworks(), useVolumes()])
