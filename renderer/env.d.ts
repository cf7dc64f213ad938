import type { DesktopBridge } from '../electron/ipc/contract.ts'

declare global {
  interface Window {
    /** There in the desktop window, absent in a browser. */
    readonly engineroom?: DesktopBridge
  }
}
