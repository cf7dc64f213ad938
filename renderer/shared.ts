import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import './styles/tokens.css'
import './styles/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import SharedTerminal from './SharedTerminal.vue'

/** The page of somebody who was asked to one terminal. It knows nothing of the engine. */
createApp(SharedTerminal, { shareId: window.location.hash.slice(1) })
  .use(createPinia())
  .mount('#window')
